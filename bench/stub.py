"""A fake restic that answers at once, so that what is measured is the work around it: a shell script without a fork.

It keeps what it was asked to save as one small file a snapshot, and lists that; and a fake borg that says yes.
"""

from __future__ import annotations

from pathlib import Path

RESTIC = r"""#!/bin/sh
verb=$1 place=$RESTIC_REPOSITORY path= tags= host= ids= time='2026-01-01 00:00:00'
for word in "$@"; do
    case $word in
    --repository-file=*) read -r place <"${word#*=}" ;;
    --files-from-raw=*) read -r path <"${word#*=}" ;;
    --tag=*) tags="$tags${tags:+,}\"${word#*=}\"" ;;
    --host=*) host=${word#*=} ;;
    --time=*) time=${word#*=} ;;
    -*) ;;
    *) [ ${#word} = 64 ] && ids="$ids $word" ;;
    esac
done
snapshots=$place/snapshots
case $verb in
backup)
    IFS=- read -r a b c d e </proc/sys/kernel/random/uuid
    IFS=- read -r f g h i j </proc/sys/kernel/random/uuid
    id=$a$b$c$d$e$f$g$h$i$j
    totals='"total_files_processed":3,"total_bytes_processed":5000,"data_added":10,"data_added_packed":10'
    printf '{"id":"%s","time":"%s","hostname":"%s","paths":["%s"],"tags":[%s],"tree":"%s","summary":{%s}}\n' \
        "$id" "${time% *}T${time#* }Z" "$host" "$path" "$tags" "$id" "$totals" >"$snapshots/$id"
    printf '{"message_type":"summary","snapshot_id":"%s",%s}\n' "$id" "$totals"
    ;;
snapshots)
    [ "$ids" ] || for file in "$snapshots"/*; do [ -f "$file" ] && ids="$ids ${file##*/}"; done
    comma=
    printf '['
    for id in $ids; do
        if read -r line <"$snapshots/$id"; then printf '%s%s' "$comma" "$line"; comma=,; fi
    done
    printf ']\n'
    ;;
list) for file in "$snapshots"/*; do [ -f "$file" ] && printf '%s\n' "${file##*/}"; done ;;
cat) read -r id <"$place/stub-id"; printf '{"version":2,"id":"%s"}\n' "$id" ;;
check) printf '[0:00] 100.00%%  10000000 / 10000000 snapshots\nno errors were found\n' ;;
version) echo 'restic 0.18.0 compiled with go1.24.4 on linux/amd64' ;;
esac
exit 0
"""
BORG = r"""#!/bin/sh
case "$*" in
*--version*) echo 'borg 1.4.0' ;;
esac
exit 0
"""


def make_stub(folder: Path, name: str = "restic", text: str = RESTIC) -> Path:
    """Write the program into a folder of its own; gives its path."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(text)
    program.chmod(0o755)
    return program
