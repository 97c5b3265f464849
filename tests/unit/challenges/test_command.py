"""Challenges by a program: what it is told, and what becomes of one that does not behave."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import sys
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.challenges import program
from reconciler.challenges.command import Command
from reconciler.errors import ChallengeError
from reconciler.model.fulfillment import ExecMethod
from reconciler.model.role import ChallengeType
from tests.unit.challenges.instructions import THUMBPRINT, TOKEN, hostile, instruction

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = {f"{each}, {name}": bad for each in ChallengeType for name, bad in hostile(each).items()}
# Says in a file what it was told.
WITNESS = f"""#!{sys.executable}
import json, os, sys
with open("told-" + sys.argv[-1], "a") as file:
    told = {{name: value for name, value in os.environ.items() if name.startswith(("RECONCILER_", "MY_"))}}
    json.dump([sys.argv[1:], told, os.getcwd(), sys.stdin.read()], file)
    file.write("\\n")
"""


def script(folder: Path, text: str, *arguments: str, seconds: float = 20, name: str = "hook") -> Command:
    path = folder / name
    path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return Command(ExecMethod((f"./{name}", *arguments), timedelta(seconds=seconds)), folder)


def told(folder: Path, action: str = "present") -> list[tuple[list[str], dict[str, str], str, str]]:
    return [tuple(json.loads(line)) for line in (folder / f"told-{action}").read_text().splitlines()]


def failure(command: Command) -> str:
    with pytest.raises(ChallengeError) as caught:
        command.present(instruction(ChallengeType.DNS_01))
    message = str(caught.value)
    assert message.isprintable()
    return message.partition(" for dns-01 of www.example.com: ")[2]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    # Nobody but its parent takes it away; in a container that may be nobody at all.
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - no more than a look
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def ends(pid: int) -> bool:
    end = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not is_running(pid)


# RFC 8555 section 8.4.
DIGEST = hashlib.sha256(f"{TOKEN}.{THUMBPRINT}".encode()).digest()
RECORD_VALUE = base64.urlsafe_b64encode(DIGEST).rstrip(b"=").decode()
COMMON = {
    "RECONCILER_ACTION": "present",
    "RECONCILER_IDENTIFIER": "www.example.com",
    "RECONCILER_TOKEN": TOKEN,
    "RECONCILER_KEY_AUTHORIZATION": f"{TOKEN}.{THUMBPRINT}",
    "RECONCILER_CERTIFICATE_NAME": "shop/www",
    "RECONCILER_ORDER_ID": "order",
}


@pytest.mark.parametrize(
    ("challenge_type", "identifier", "more"),
    [
        (
            ChallengeType.HTTP_01,
            "www.example.com",
            {"RECONCILER_URL": f"http://www.example.com/.well-known/acme-challenge/{TOKEN}"},
        ),
        (
            ChallengeType.HTTP_01,
            "2001:db8::1",
            {"RECONCILER_URL": f"http://[2001:db8::1]/.well-known/acme-challenge/{TOKEN}"},
        ),
        (
            ChallengeType.DNS_01,
            "*.example.com",
            {
                "RECONCILER_IDENTIFIER": "example.com",
                "RECONCILER_RECORD_NAME": "_acme-challenge.example.com",
                "RECONCILER_RECORD_VALUE": RECORD_VALUE,
            },
        ),
        (ChallengeType.TLS_ALPN_01, "192.0.2.1", {"RECONCILER_SERVER_NAME": "1.2.0.192.in-addr.arpa"}),
    ],
)
def test_what_it_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    challenge_type: ChallengeType,
    identifier: str,
    more: dict[str, str],
) -> None:
    monkeypatch.delenv("RECONCILER_NO_CACHE")  # of the tests
    monkeypatch.setenv("MY_PASSWORD", "hidden words")
    monkeypatch.setenv("RECONCILER_URL", "of another run")
    monkeypatch.setenv("RECONCILER_RECORD_NAME", "of another run")
    command = script(tmp_path, WITNESS, "a b", "$(touch x)")
    asked = instruction(challenge_type, identifier)
    wanted = COMMON | {"RECONCILER_IDENTIFIER": identifier} | more
    wanted |= {"RECONCILER_CHALLENGE_TYPE": challenge_type.value, "MY_PASSWORD": "hidden words"}
    command.present(asked)
    assert command.missing(asked) is None
    ((arguments, environment, folder, stdin),) = told(tmp_path)
    assert environment == wanted
    assert arguments == ["a b", "$(touch x)", "present"]
    assert (folder, stdin) == (str(tmp_path.resolve()), "")
    assert not (tmp_path / "x").exists()


def test_every_challenge_is_cleaned_up_though_one_fails(tmp_path: Path) -> None:
    command = script(tmp_path, 'echo "$RECONCILER_TOKEN" >> done; [ "$RECONCILER_TOKEN" != two ]')
    each = [instruction(token=token) for token in ("one", "two", "three")]
    failures = command.clean_up(each)
    assert list(failures) == [each[1]]
    assert "hook cleanup` for http-01 of www.example.com: ended with code 1" in str(failures[each[1]])
    assert (tmp_path / "done").read_text().split() == ["one", "three", "two"]
    assert not command.lives_here(each[0])
    command.close()


def test_programs_are_found_from_the_root_in_path_or_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tree/hooks").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    script(tmp_path / "tree/hooks", WITNESS)
    script(tmp_path / "bin", WITNESS, name="witness")
    root = (tmp_path / "tree").relative_to(tmp_path)
    for path in ("hooks/hook", "./hooks/hook", str(tmp_path / "tree/hooks/hook"), "witness"):
        Command(ExecMethod((path,)), root).present(instruction())
    assert len(told(tmp_path / "tree")) == 4


def test_what_cannot_be_run(tmp_path: Path) -> None:
    def tried(*command: str) -> str:
        return failure(Command(ExecMethod(command), tmp_path))

    (tmp_path / "plain").write_text("#!/bin/sh\n")
    (tmp_path / "no-interpreter").write_text("#!/no/such/sh\n")
    (tmp_path / "no-first-line").write_text("echo\n")
    for name in ("no-interpreter", "no-first-line"):
        (tmp_path / name).chmod(0o755)
    assert tried("./missing").startswith("there is no such program; write a path with a slash")
    assert tried("missing-from-path").startswith("there is no such program")
    assert tried("./no-interpreter").startswith("there is no such program")
    assert tried("./plain") == "it may not be run; make it executable: `chmod +x`"
    assert tried("./").startswith("it may not be run")
    assert tried("./no-first-line").startswith("it cannot be run: Exec format error (a script begins with")
    assert tried("./no-interpreter", "a\0b").startswith("it cannot be run: embedded null byte")


@pytest.mark.parametrize("name", HOSTILE)
def test_what_the_ca_must_not_name_starts_no_program(tmp_path: Path, name: str) -> None:
    command = script(tmp_path, WITNESS)
    with pytest.raises(ChallengeError):
        command.present(HOSTILE[name])
    assert list(command.clean_up([HOSTILE[name]])) == [HOSTILE[name]]
    assert [each.name for each in tmp_path.iterdir()] == ["hook"]


def test_how_it_ended(tmp_path: Path) -> None:
    assert failure(script(tmp_path, "exit 3")) == "ended with code 3; it said nothing"
    assert failure(script(tmp_path, "kill -SEGV $$")) == "was ended by SIGSEGV; it said nothing"
    assert failure(script(tmp_path, "echo one; echo two >&2; exit 1")) == (
        "ended with code 1; its last words: one | two"
    )
    script(tmp_path, "echo all is well").present(instruction())


def test_words_that_would_steer_a_terminal(tmp_path: Path) -> None:
    shown = failure(
        script(tmp_path, r"printf 'a\033[31mred\033[0m\007\0b\r\nx\377y\342\200\256z\n\n\t \n'; exit 1")
    )
    assert shown == "ended with code 1; its last words: ared b | x\ufffdy z"


def test_of_a_lot_of_words_the_last(tmp_path: Path) -> None:
    begun = time.monotonic()
    shown = failure(script(tmp_path, "head -c 30000000 /dev/zero | tr '\\0' x; echo; seq 1 100000; exit 1"))
    assert shown.endswith("; its last words: " + " | ".join(map(str, range(99_991, 100_001))))
    assert len(failure(script(tmp_path, "head -c 3000000 /dev/zero | tr '\\0' x; exit 1"))) < 1100
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("trap", ["", "trap '' TERM;"])
def test_what_takes_too_long_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    monkeypatch.setattr(program, "_GRACE_SECONDS", 0.2)
    begun = time.monotonic()
    shown = failure(
        script(
            tmp_path,
            f"{trap} (sleep 600 & echo $! > loud; sleep 600 >/dev/null 2>&1 & echo $! > quiet; wait) & "
            "echo $! > child; until [ -s quiet ]; do sleep 0.01; done; echo working; sleep 600",
            seconds=1,
        )
    )
    assert shown.startswith("did not end within 1 s, and was killed; mend it, or set a longer `timeout`;")
    assert shown.endswith("its last words: working")
    assert 1 <= time.monotonic() - begun < 10
    for name in ("child", "loud", "quiet"):
        assert ends(int((tmp_path / name).read_text()))


def test_a_word_before_it_is_killed(tmp_path: Path) -> None:
    hook = "trap 'echo tidied up; exit 0' TERM; echo working; sleep 600 & wait"
    assert failure(script(tmp_path, hook, seconds=1)).endswith("its last words: working | tidied up")


def test_words_without_an_end(tmp_path: Path) -> None:
    assert failure(script(tmp_path, "exec yes", seconds=0.3)).startswith("did not end within 0.3 s")


def test_one_that_closes_its_output_still_has_its_time(tmp_path: Path) -> None:
    script(tmp_path, "exec >&- 2>&-; sleep 0.2; : > done").present(instruction())
    assert (tmp_path / "done").exists()
    assert failure(script(tmp_path, "exec >&- 2>&-; sleep 600", seconds=0.2)).startswith("did not end")


def test_what_it_leaves_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_AFTERWARDS_SECONDS", 0.2)
    shown = failure(script(tmp_path, "sleep 600 & echo $! > child; echo started"))
    assert shown.startswith("left a process behind that holds its output, and that was killed;")
    assert ends(int((tmp_path / "child").read_text()))
    # What has an output of its own is meant to stay: a server that presents, until `cleanup` ends it.
    script(tmp_path, "sleep 600 >/dev/null 2>&1 & echo $! > server").present(instruction())
    server = int((tmp_path / "server").read_text())
    assert is_running(server)
    os.kill(server, signal.SIGKILL)
    # What only takes a moment longer is no matter.
    script(tmp_path, "(sleep 0.05; : > done) &").present(instruction())
    assert (tmp_path / "done").exists()


def test_several_at_once(tmp_path: Path) -> None:
    command = script(tmp_path, ': > "$RECONCILER_TOKEN"; until [ -e one ] && [ -e two ]; do sleep 0.01; done')
    threads = [
        threading.Thread(target=command.present, args=(instruction(token=token),)) for token in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {"one", "two"} <= {each.name for each in tmp_path.iterdir()}


def test_what_it_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SECRET_OF_THE_TREE", "a secret that the tree names")
    monkeypatch.setenv("MY_OWN", "of the program's own")
    monkeypatch.setenv("MY_IDENTITY", "# created today\nage-secret-key-1xyz")
    script(tmp_path, WITNESS)
    method = ExecMethod(("./hook",), timedelta(seconds=20))
    Command(method, tmp_path, frozenset({"MY_SECRET_OF_THE_TREE"})).present(instruction())
    ((_, environment, _, _),) = told(tmp_path)
    assert environment["MY_OWN"] == "of the program's own"
    assert not {"MY_SECRET_OF_THE_TREE", "MY_IDENTITY"} & environment.keys()
