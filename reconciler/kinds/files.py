"""Source ``files``: folders and files of the host, read in place."""

from __future__ import annotations

import shlex
from typing import Annotated

from pydantic import Field, StringConstraints

from reconciler.kinds.step import Part, Step, Variable
from reconciler.units.direction import Direction, Presence
from reconciler.units.durations import Duration
from reconciler.units.model import Strict
from reconciler.units.names import AbsolutePath, Pattern
from reconciler.units.scalars import Flag
from reconciler.units.sizes import Size

MarkerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._][A-Za-z0-9._-]{0,127}$")]


class FilesSource(Strict):
    """What to read and what to leave out; patterns are restic's own, case-sensitive."""

    include: Annotated[tuple[AbsolutePath, ...], Field(min_length=1), Direction.KEEPS]
    exclude: Annotated[tuple[Pattern, ...], Direction.SPARES] = ()
    exclude_if_present: Annotated[tuple[MarkerName, ...], Direction.SPARES] = ()
    exclude_caches: Annotated[Flag, Direction.FALSE] = False
    exclude_larger_than: Annotated[Size | None, Direction.LARGER, Presence.ABSENT_IS_MOST] = None
    one_file_system: Annotated[Flag, Direction.FALSE] = False
    full_every: Annotated[Duration | None, Direction.SMALLER] = None


def steps_back(source: FilesSource) -> tuple[Step, ...]:
    """The steps that bring files back with restic, once ``$BACKUP`` and ``$TARGET`` are set.

    They write below ``$TARGET`` only; putting things in place is a person's decision.
    """
    return (
        Step(
            part=Part.BRING_BACK,
            title="Bring the files back into an empty folder",
            command=_BRING_BACK,
            proves="every byte that was written was read again and compared with the backup",
            variables=(Variable("TARGET", "an empty folder with room for the files"),),
            tools=("restic", "bash", "coreutils"),
        ),
        Step(
            part=Part.PROVE,
            title="Count what came back",
            command=_COUNT,
            proves="everything that the backup lists is there",
            tools=("restic", "bash"),
        ),
        Step(
            part=Part.PROVE,
            title="Look at the folders that the policy names",
            command="\n".join(f'ls -ld -- "${{TARGET:?}}"{shlex.quote(path)}' for path in source.include),
            proves="the folders of the policy came back",
            tools=("coreutils",),
        ),
    )


_BRING_BACK = """\
why=''
[[ ${TARGET:-/} == /* ]] || TARGET=$PWD/$TARGET
if [[ -z ${TARGET:-} ]]; then why='is not set'
elif [[ $(realpath -m -- "$TARGET") == / ]]; then why='is the root of this machine'
elif [[ -L $(realpath -ms -- "$TARGET") ]]; then why='is a symlink'
elif [[ -e $TARGET && ! -d $TARGET ]]; then why='is not a folder'
elif [[ ${BEGUN:-} != "$BACKUP $TARGET" && -d $TARGET && $(ls -Ab -- "$TARGET" || echo unreadable) ]]; then
  why='is not empty'
fi
if [[ $why ]]; then
  echo "NOTHING was restored: TARGET ${TARGET:-} $why; set TARGET to an empty folder and paste this block again" >&2
  again='or type TARGET=%q BEGUN=%q first, if it holds what an interrupted restore of this very backup left'
  if [[ $why == 'is not empty' ]]; then printf "$again\\n" "$TARGET" "$BACKUP $TARGET" >&2; fi
  unset TARGET; false
else
  BEGUN="$BACKUP $TARGET"
  mkdir -p -- "$TARGET" && restic restore "$BACKUP" --target "$TARGET" --verify --no-lock
fi"""
"""A folder that this very backup was being restored into may be taken again: a restore that broke off goes on there."""

_COUNT = """\
total=0 missing=0 path=
listing=$(restic ls "$BACKUP" --no-lock); listed=$?
while IFS= read -r line; do
  if [[ $line != /* ]]; then path+=${path:+$'\\n'$line}; continue; fi
  if [[ $path ]]; then
    total=$((total + 1))
    [[ -e $TARGET$path || -L $TARGET$path ]] || { missing=$((missing + 1)); echo "missing: $path"; }
  fi
  path=$line
done <<< "$listing"$'\\n/'
echo "$total entries in the backup, $missing missing in ${TARGET:-no folder: TARGET is not set}"
[[ ${TARGET:-} && $listed -eq 0 && $total -gt 0 && $missing -eq 0 ]] ||
  { echo "NOT everything came back" >&2; false; }"""
"""A line that begins without a slash goes on with a name that holds a line break; the last slash ends the list."""
