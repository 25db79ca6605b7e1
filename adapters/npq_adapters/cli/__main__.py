"""`python -m npq_adapters.cli` is `npq`."""

from npq_adapters.cli import main

main()
