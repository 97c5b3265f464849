"""The library dns-lexicon: its providers, without their guesses; patience; what its errors mean."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.challenges.dns.libraries import library, shown
from reconciler.errors import ChallengeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lexicon.interfaces import Provider

_EXTRA = "lexicon"
_LOGGERS = ("lexicon", "urllib3", "tldextract", "filelock", "requests")
_REFUSED = (401, 403)


def new_provider(name: str, options: Mapping[str, str], zone: str, ttl: int) -> Provider:
    """Return the library's provider for a zone; it has asked nobody yet.

    The library's client is not used: it guesses the zone, by a list of public suffixes that it fetches, or by
    the system's resolver, and the zone is known. Nor is anything taken from the environment or the folder.

    Args:
        name: of the provider.
        options: of the provider, by the library's names.
        zone: the name of the zone.
        ttl: of new records, in seconds.

    Raises:
        ChallengeError: there is no such provider, or a library is missing.
    """
    with library(_EXTRA, *_LOGGERS):
        from lexicon._private.discovery import find_providers, load_provider_module
        from lexicon.config import ConfigResolver
        from tldextract.tldextract import TLD_EXTRACTOR
    providers = find_providers()
    if name not in providers:
        raise ChallengeError(
            f"the library lexicon has no provider {name!r}; `lexicon --help` lists those that it has"
        )
    if not providers[name]:
        raise ChallengeError(
            f"the library lexicon needs more for its provider {name}: pip install 'dns-lexicon[{name}]'"
        )
    # Few providers take a zone apart themselves: by the list that comes along, not by one that is fetched.
    TLD_EXTRACTOR.suffix_list_urls = ()
    known = {"provider_name": name, "domain": zone, "delegated": zone, "ttl": ttl, name: dict(options)}
    provider: Provider = load_provider_module(name).Provider(ConfigResolver().with_dict(known))
    return provider


def within(seconds: float, act: Callable[[], object]) -> None:
    """Call `act` and return when it has; its requests have no limit of time, so this sets one.

    What takes longer is left alone: it ends with the process.

    Raises:
        TimeoutError: it took longer; and whatever `act` raises.
    """
    raised: list[Exception] = []

    def run() -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            raised.append(error)

    thread = threading.Thread(target=run, name="lexicon", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError
    if raised:
        raise raised[0]


@contextmanager
def errors_turned(name: str, options: Mapping[str, str], zone: str) -> Iterator[None]:
    """Turn what a provider raises into this program's exceptions; it may be of any class.

    None of the options is shown, and nothing is raised `from` the foreign exception: URLs and answers in it
    may have any of them in any form.

    Raises:
        ChallengeError: in place of each.
    """
    try:
        yield
    except ChallengeError:
        raise
    except Exception as error:  # noqa: BLE001 - that many providers, that many habits
        raise ChallengeError(_complaint(error, name, options, zone)) from None


def _complaint(error: Exception, name: str, options: Mapping[str, str], zone: str) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in _REFUSED:
        return (
            f"the provider {name} does not accept the credentials for the zone {zone} (HTTP status "
            f"{status}); check its options"
        )
    if status:
        return (
            f"the provider {name} refused a request for the zone {zone} (HTTP status {status}); is the "
            "zone there, and are the options right?"
        )
    # The HTTP library's own exceptions are OSErrors.
    if isinstance(error, OSError):
        return (
            f"the provider {name} does not answer ({type(error).__name__}); check the network, and the proxy "
            "if there is one"
        )
    said = shown(f"{type(error).__name__}: {error}", options.values())
    return f"the provider {name} could not work on the zone {zone}: {said}; check its options"
