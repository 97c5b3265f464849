"""The pipeline that runs the program, as its environment tells: the page of the run, and who started it.

Both are claims of the environment, for the record only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_URL = 500
_LONGEST_NAME = 100

# What has the whole address. GitLab and Woodpecker, Buildkite, CircleCI, Drone, Travis CI, Jenkins.
_ADDRESSES = (
    "CI_JOB_URL",
    "CI_PIPELINE_URL",
    "BUILDKITE_BUILD_URL",
    "CIRCLE_BUILD_URL",
    "DRONE_BUILD_LINK",
    "TRAVIS_BUILD_WEB_URL",
    "BUILD_URL",
)
# GitHub and those like it, GitLab, Azure Pipelines, Buildkite, CircleCI, Jenkins, Woodpecker.
_ACTORS = (
    "RECONCILER_ACTOR",
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "BUILD_REQUESTEDFOR",
    "BUILDKITE_BUILD_CREATOR",
    "CIRCLE_USERNAME",
    "BUILD_USER_ID",
    "CI_COMMIT_AUTHOR",
)


def run_url(environment: Mapping[str, str]) -> str | None:
    """Return the page of the CI run: http or https, without user, password, query and fragment.

    `RECONCILER_RUN_URL` comes before what is known of CI systems.

    Args:
        environment: of the process.

    Returns:
        None outside of CI, and where what the environment says is no such address.
    """
    addresses = (
        environment.get("RECONCILER_RUN_URL"),
        _github(environment),
        *(environment.get(name) for name in _ADDRESSES),
        _bitbucket(environment),
    )
    found = next((url for each in addresses if each and (url := _plain(each))), None)
    return found or _azure(environment)


def actor(environment: Mapping[str, str]) -> str | None:
    """Return who started the CI run; None outside of CI."""
    found = next((value for name in _ACTORS if (value := environment.get(name, "").strip())), None)
    return found[:_LONGEST_NAME] if found and found.isprintable() else None


def _github(environment: Mapping[str, str]) -> str | None:
    server, repository = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_REPOSITORY")
    # Gitea and Forgejo set the same, and have the number of the run in its address.
    is_like_it = "GITEA_ACTIONS" in environment or "FORGEJO_ACTIONS" in environment
    run = environment.get("GITHUB_RUN_NUMBER" if is_like_it else "GITHUB_RUN_ID")
    if not (server and repository and run):
        return None
    attempt = "" if is_like_it else environment.get("GITHUB_RUN_ATTEMPT", "1")
    return f"{server}/{repository}/actions/runs/{run}" + (
        f"/attempts/{attempt}" if attempt not in ("", "1") else ""
    )


def _bitbucket(environment: Mapping[str, str]) -> str | None:
    origin, number = environment.get("BITBUCKET_GIT_HTTP_ORIGIN"), environment.get("BITBUCKET_BUILD_NUMBER")
    return f"{origin}/pipelines/results/{number}" if origin and number else None


def _azure(environment: Mapping[str, str]) -> str | None:
    from urllib.parse import quote

    server = environment.get("SYSTEM_COLLECTIONURI") or environment.get("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI")
    project, build = environment.get("SYSTEM_TEAMPROJECT"), environment.get("BUILD_BUILDID", "")
    if not (server and project and build.isdecimal() and build.isascii()):
        return None
    page = _plain(f"{server.rstrip('/')}/{quote(project)}/_build/results")
    # The only address that says which run it is by its query.
    return f"{page}?buildId={build}" if page else None


def _plain(address: str) -> str | None:
    from urllib.parse import urlsplit, urlunsplit

    if not (address.isascii() and address.isprintable()) or " " in address:
        return None
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    host = f"[{host}]" if ":" in host else host
    plain = urlunsplit((parts.scheme, host + (f":{port}" if port else ""), parts.path, "", ""))
    return plain if len(plain) <= _LONGEST_URL else None
