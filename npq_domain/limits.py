"""What is too much to be recorded: every bound on a fact, in one place, each with its reason.

What passes these bounds comes back from every store as it went. What does not is refused with
`Invalid` before anything is stored, on every store alike, whether or not that one could hold it.
A fact holds no number but whole ones, so NaN and Infinity have no type to come in by.
"""

from datetime import date

MOST_BYTES = 64 * 1024
"""Of one fact in its envelope, as it is stored. The longest of the demonstration,
the plan of an enrolment, takes 3 KiB. More is no fact but a document: it belongs where documents
are kept, and its digest here. One such row would weigh on every load of its subject for good."""

LEAST, MOST = -(2**63), 2**63 - 1
"""Of whole numbers: what a column of a view holds, on SQLite and PostgreSQL alike."""

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
"""Of days, and of instants by the day they tell. Nobody who takes an NPQ was born before, and rules
add days and months to a day, and change its clock: near the years 1 and 9999 Python cannot."""

DEEPEST = 8
"""Classes and tuples within one another in one fact, itself the first. A class says how deep its
facts are, so this is looked at once, when the vocabulary is made. Only of former versions and of
histories handed over is JSON of any shape read; its parser stops before the stack overflows."""
