"""Cost against size, drawn: one plot for each store, the same bytes from the same figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measuring import Figure

GREY = "#808080"
"""Readable on white and on black."""

PLAIN = "{x:,.0f}"
"""How numbers stand at the axes."""


def draw(sizes: Mapping[int, Sequence[Figure]], folder: Path) -> list[str]:
    """Write a plot for each store into the folder; their names."""
    import matplotlib as mpl  # noqa: PLC0415 - an extra, needed by nobody who only measures
    from matplotlib.figure import Figure as Canvas  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    stores = dict.fromkeys(it.store for figures in sizes.values() for it in figures)
    names = []
    mpl.rcParams["svg.hashsalt"] = "npq_domain"
    for store in stores:
        canvas = Canvas(figsize=(8, 4), layout="constrained")
        axes = canvas.subplots()
        for name, points in lines(sizes, store).items():
            axes.plot(*zip(*points, strict=True), marker="o", label=name)
        axes.set(xscale="log", yscale="log", xlabel="facts in the log", ylabel="µs for each fact")
        axes.set_title(f"Rebuilding the engagement view on {store}", color=GREY)
        axes.tick_params(which="both", colors=GREY)
        axes.xaxis.label.set_color(GREY)
        axes.yaxis.label.set_color(GREY)
        for spine in axes.spines.values():
            spine.set_color(GREY)
        axes.set_facecolor("none")
        axes.xaxis.set_major_formatter(PLAIN)
        axes.yaxis.set_major_formatter(PLAIN)
        axes.yaxis.set_minor_formatter(PLAIN)
        axes.legend(
            frameon=False,
            labelcolor=GREY,
            fontsize="small",
            loc="center left",
            bbox_to_anchor=(1.0, 0.5),
        )
        names.append(f"{store.lower()}.svg")
        canvas.savefig(folder / names[-1], transparent=True, metadata={"Date": None})
    return names


def lines(sizes: Mapping[int, Sequence[Figure]], store: str) -> dict[str, list[tuple[int, float]]]:
    """Each contender's cost at each size, on one store."""
    drawn: dict[str, list[tuple[int, float]]] = {}
    for facts, figures in sizes.items():
        for it in figures:
            if it.store == store:
                drawn.setdefault(it.contender, []).append((facts, it.microseconds))
    return drawn
