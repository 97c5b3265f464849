"""What a run has come to, as a commit has it: what is here and is not public yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.certificate import PUBLIC_FILES
from reconciler.provenance.objects import object_id
from reconciler.sharing import working_tree as disk
from reconciler.sharing.layout import META, OUTPUT, is_shared
from reconciler.sharing.message import changes_of, result_message

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.sharing.here import Here
    from reconciler.sharing.place import Place
    from reconciler.sharing.run import Run

_CERTIFICATES = "state/certificates/"


class Results(Struct, frozen=True):
    """What is to be committed.

    Attributes:
        removed: shared files that are here no more.
        written: those that are new, or other than they are public.
        message: of the commit.
    """

    removed: tuple[str, ...]
    written: dict[str, bytes]
    message: str

    @property
    def is_anything(self) -> bool:
        """Whether there is more than what every run begins with."""
        return bool(self.removed or self.written.keys() - {META})


def results(place: Place, here: Here, run: Run, kept: Collection[str]) -> Results:
    """Return what a run has come to.

    Args:
        place: of the tree.
        here: what is public.
        run: the run.
        kept: the conflicts that it has met, by where the other side is kept.

    Raises:
        StateError: a private key in clear is about to go into Git, or a file cannot be read.
    """
    state = disk.read_state(place)
    public = {path: each for path, each in here.public.items() if is_shared(path)}
    written = {path: disk.read(place, path) for path, each in state.items() if public.get(path) != each}
    for path, content in disk.read_output(place, _to_deliver(place, here, state)):
        if here.public.get(path) != object_id(content):
            written[path] = content
    disk.refuse_keys_in_clear(place, written)
    on_disk = {each: path for path, each in state.items()}

    def read(each: str) -> bytes:
        return disk.read(place, on_disk[each]) if each in on_disk else place.git.contents([each])[each]

    message = result_message(changes_of(public, state, read), run, here.head, len(kept))
    return Results(tuple(sorted(public.keys() - state.keys())), written, message)


def _to_deliver(place: Place, here: Here, state: Mapping[str, str]) -> dict[str, bytes]:
    """Return the records of the certificates whose files may not be public as they are delivered."""
    records = {}
    for path, each in state.items():
        if path.startswith(_CERTIFICATES) and place.output:
            name = path.removeprefix(_CERTIFICATES).removesuffix(".yaml")
            files = (f"{OUTPUT}{name}/{file}" for file in PUBLIC_FILES)
            if here.public.get(path) != each or not all(file in here.public for file in files):
                records[name] = disk.read(place, path)
    return records
