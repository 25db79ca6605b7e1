"""The command line `npq`. What it is made of comes with the extra `cli`."""

import sys

EXTRA = frozenset({"click", "rich"})


def main() -> None:
    """Run `npq` with the arguments of this process, and leave with its exit code."""
    try:
        # An optional extra: whoever embeds the library need not have it.
        from npq_adapters.cli.npq import npq  # noqa: PLC0415
    except ModuleNotFoundError as absent:
        missing = (absent.name or "").partition(".")[0]
        if missing not in EXTRA:
            raise
        sys.stderr.write(f"npq: {missing} is not installed: pip install 'npq_domain[cli]'\n")
        sys.exit(2)
    npq.main()
