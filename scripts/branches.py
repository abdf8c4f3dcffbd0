"""Say how many branches a coverage report (JSON) reaches, and fail when they are fewer than asked for, in percent."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(report: str, least: str) -> int:
    totals = json.loads(Path(report).read_text())["totals"]
    share = 100 * totals["covered_branches"] / totals["num_branches"]
    print(f"Branches of the pure rooms: {totals['covered_branches']} of {totals['num_branches']}, {share:.1f} %")
    if share < float(least):
        print(f"That is less than {least} %.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
