"""`python -m tools.playground DIR`: an ACME CA and a web server to try things out with, until Ctrl-C.

DIR is a new tree with nothing in it but an account at that CA. The CA finds every name at the web server,
which serves DIR/webroot. Both forget everything when they end.
"""

from __future__ import annotations

import signal
import sys
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tools.find_pebble import PebbleUnavailableError
from tools.pebble import Pebble
from tools.webroot import Webroot

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run both until a signal comes; return an exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write(f"{__doc__}")
        return 64
    folder = Path(arguments[0])
    # SIGINT too: a script's background process is started with it ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        folder.mkdir(parents=True)
        with Pebble() as pebble, Webroot(folder / "webroot", pebble.http_port):
            _write_account(folder, pebble)
            _say(f"A CA runs at {pebble.directory_url}; {folder}/accounts/pebble.yaml names it.")
            _say(f"It looks for http-01 challenges in {folder}/webroot. Ctrl-C ends it.")
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except FileExistsError:
        sys.stderr.write(
            f"{folder} is there already; name a new folder: a new CA knows nothing of old trees\n"
        )
    except (PebbleUnavailableError, RuntimeError) as error:
        sys.stderr.write(f"{error}\n")
    return 1


def _write_account(folder: Path, pebble: Pebble) -> None:
    account = folder / "accounts" / "pebble.yaml"
    account.parent.mkdir()
    trusted = textwrap.indent(pebble.trusted_ca, "  ")
    account.write_text(
        f"directory_url: {pebble.directory_url}\nterms_of_service_agreed: true\n"
        # Pebble can lock itself up when newOrders of one account cross.
        f"max_concurrent_new_orders: 1\ntrusted_ca: |\n{trusted}"
    )
    (folder / "root.pem").write_text(pebble.root_pem())


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
