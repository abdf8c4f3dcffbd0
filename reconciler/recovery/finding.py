"""The step that finds the newest good backup with bash, coreutils and restic, passing over what is known as bad."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.kinds.step import Part, Step
from reconciler.observed.identify import Ownership
from reconciler.policy.models.asset import Adopt
from reconciler.policy.resolved import ResolvedPolicy

_KEY = 16
_IN_A_LINE = 6


@dataclass(frozen=True, slots=True)
class Flaw:
    """A backup known to be no good when the page was written; ``usable``: better than nothing."""

    id: str
    why: str
    usable: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Whose backups are looked for: the identity in their tag, and the origin of older ones that were adopted.

    ``others`` the identities whose snapshots an adopt rule never takes; ``flaws`` what is known as bad.
    """

    identity: str
    adopt: Adopt | None = None
    others: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()

    @classmethod
    def of(cls, policy: ResolvedPolicy, asset: str, flaws: Iterable[Flaw] = ()) -> Search:
        """The search that takes exactly the snapshots that ``observed.identify`` gives this asset."""
        rule = policy.assets[asset].adopt
        if rule and Ownership.of(policy).rules[rule.host, frozenset(rule.paths)] != (asset,):
            rule = None
        others = tuple(policy.identity(name) for name in sorted(policy.assets) if name != asset) if rule else ()
        return cls(policy.identity(asset), rule, others, tuple(flaws))


def finding_step(search: Search) -> Step:
    """Put the id of the newest good backup into ``$BACKUP``, unless it is set, and say what was passed over."""
    return Step(
        part=Part.FIND,
        title="Find the newest good backup",
        command="\n".join((*_known(search.flaws), *_listing(search), _READ, *_belongs(search), _KEEP, _CHOOSE, _TELL)),
        proves="it names a backup of this asset, and when that was taken",
        tools=("restic", "bash", "coreutils"),
    )


def _known(flaws: tuple[Flaw, ...]) -> Iterator[str]:
    yield "declare -A bad=() poor=() seen=()"
    grouped: dict[tuple[bool, str], list[str]] = {}
    for flaw in flaws:
        grouped.setdefault((flaw.usable, flaw.why), []).append(flaw.id[:_KEY])
    for (usable, why), keys in grouped.items():
        name = "poor" if usable else "bad"
        yield f"for key in {_folded(keys, ' ')}; do {name}[$key]={shlex.quote(why)}; done"


def _listing(search: Search) -> Iterator[str]:
    # Without --latest: restic counts it for each host and set of paths apart, 0.19 otherwise than before.
    restic = "restic snapshots --json --no-lock"
    asked = f"{restic} --tag {shlex.quote(f'asset={search.identity}')}"
    if search.adopt:
        paths = " ".join(f"--path {shlex.quote(path)}" for path in search.adopt.paths)
        asked += f" &&\n  {restic} --host {shlex.quote(search.adopt.host)} {paths}"
    yield "none='the repository lists no backup of this asset: set BACKUP to an id printed on this page'"
    yield f"listing=$({asked}) || {{"
    yield "  listing=''; none='restic could not list the backups, for the reason above'"
    yield "}"


def _belongs(search: Search) -> Iterator[str]:
    """Bash that goes on with the next snapshot when this one is not the asset's, just as ``identify`` decides."""
    ours = shlex.quote(search.identity)
    if search.adopt is None:
        yield f"  [[ $whose == {ours} ]] || continue"
        return
    host = shlex.quote(f'"hostname":"{search.adopt.host}"')
    paths = " ".join(shlex.quote(_as_restic_writes(path)) for path in sorted(set(search.adopt.paths)))
    yield f"  case $whose in {ours}) ;;"
    if search.others:
        yield f"    {_folded([shlex.quote(other) for other in search.others], '|')}) continue ;;"
    yield f'    *) [[ $found == *{host}* && $found =~ \\"paths\\":\\[(.*)\\],\\"hostname\\" ]] || continue'
    yield "      rest=${BASH_REMATCH[1]}"
    yield f"      for path in {paths}; do"
    yield '        if [[ $rest == *"$path"* ]]; then rest=${rest//"$path"/}; else rest=another; fi'
    yield "      done"
    yield "      [[ $rest != *[^,]* ]] || continue ;;"
    yield "  esac"


def _folded(words: Sequence[str], between: str) -> str:
    lines = (between.join(words[start : start + _IN_A_LINE]) for start in range(0, len(words), _IN_A_LINE))
    return f"{between}\\\n    ".join(lines)


def _as_restic_writes(path: str) -> str:
    """A path as it stands in restic's JSON, which Go writes safe for HTML."""
    text = json.dumps(path, ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


# A brace may stand in a name, so a snapshot ends where its id does: within a name each quote has a backslash before it.
_READ = r"""
ids=() times='' open=''
while IFS= read -r -d '}' piece; do
  open+=$piece
  [[ $piece =~ \"id\":\"([0-9a-f]{64})\"(,\"short_id\":\"[0-9a-f]+\")?$ ]] || { open+='}'; continue; }
  id=${BASH_REMATCH[1]} found=$open open='' whose=''
  [[ $found =~ \"tags\":\[(.*) && ,${BASH_REMATCH[1]} =~ ,\"asset=([^\"]*)\" ]] && whose=${BASH_REMATCH[1]}
""".strip()
_KEEP = r"""
  [[ -z ${seen[$id]:-} && $found =~ \"time\":\"([^\"]+)\" ]] || continue
  seen[$id]=yes ids+=("$id") times+=${BASH_REMATCH[1]}$'\n'
done <<< "$listing"
""".strip("\n")
_CHOOSE = """
stamps=() take='' spare='' now=$(date +%s%N)
if [[ $times ]]; then
  stamps=($(date -f - +%s%N <<< "${times%?}"))
  none='every backup listed here is known as bad: try another repository, or set BACKUP to an id from above'
fi
for (( n = 0; n < ${#ids[@]}; n++ )); do
  key=${ids[n]:0:KEY}
  if (( stamps[n] > now + 300000000000 )); then poor[$key]=${poor[$key]:-dated in the future}; fi
  if [[ ${bad[$key]:-} ]]; then continue; fi
  if [[ ${poor[$key]:-} ]]; then
    if [[ -z $spare ]] || (( stamps[n] > stamps[spare] )); then spare=$n; fi
  elif [[ -z $take ]] || (( stamps[n] > stamps[take] )); then take=$n; fi
done
if [[ -z ${BACKUP:-} && $take$spare ]]; then BACKUP=${ids[${take:-$spare}]}; fi
""".strip().replace("KEY", str(_KEY))
_TELL = """
used='' since=0 said=''
if [[ ${BACKUP:-} ]]; then
  since=$(( 2 ** 62 ))
  for (( n = 0; n < ${#ids[@]}; n++ )); do
    if [[ ${ids[n]} == "$BACKUP"* ]]; then used=$n since=${stamps[n]}; fi
  done
fi
for (( n = 0; n < ${#ids[@]}; n++ )); do
  key=${ids[n]:0:KEY}; why=${bad[$key]:-${poor[$key]:-}}
  if [[ $n == "$used" || ( $why && ${stamps[n]} -gt $since ) ]]; then
    words="taken $(date -d "@$(( stamps[n] / 1000000000 ))" '+%F %H:%M %Z')${why:+: $why}"
    if [[ $n == "$used" ]]; then said=", $words"; else echo "passed over ${ids[n]}, $words"; fi
  fi
done
if [[ $used && $used == "$spare" && -z $take ]]; then said+='; no better one is listed here'; fi
: "${BACKUP:?$none}"
echo "using backup $BACKUP$said"
""".strip().replace("KEY", str(_KEY))
