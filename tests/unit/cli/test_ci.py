from __future__ import annotations

import pytest

from reconciler.cli.ci import actor, run_url

GITHUB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/certificates",
    "GITHUB_RUN_ID": "4711",
    "GITHUB_RUN_NUMBER": "12",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_ACTOR": "octocat",
}
AZURE = {
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "My Project",
    "BUILD_BUILDID": "99",
}


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, None),
        (GITHUB, "https://github.com/acme/certificates/actions/runs/4711"),
        (
            GITHUB | {"GITHUB_RUN_ATTEMPT": "3"},
            "https://github.com/acme/certificates/actions/runs/4711/attempts/3",
        ),
        (
            GITHUB | {"GITEA_ACTIONS": "true", "GITHUB_SERVER_URL": "http://git.corp:3000"},
            "http://git.corp:3000/acme/certificates/actions/runs/12",
        ),
        (
            {"CI_JOB_URL": "https://gitlab.com/a/b/-/jobs/1", "CI_PIPELINE_URL": "https://gitlab.com/p"},
            "https://gitlab.com/a/b/-/jobs/1",
        ),
        ({"CI_PIPELINE_URL": "https://ci.codeberg.org/repos/1/2"}, "https://ci.codeberg.org/repos/1/2"),
        ({"BUILD_URL": "https://jenkins.corp/job/certs/7/"}, "https://jenkins.corp/job/certs/7/"),
        ({"BUILDKITE_BUILD_URL": "https://buildkite.com/a/b/builds/1"}, "https://buildkite.com/a/b/builds/1"),
        ({"CIRCLE_BUILD_URL": "https://circleci.com/gh/a/b/5"}, "https://circleci.com/gh/a/b/5"),
        ({"DRONE_BUILD_LINK": "https://drone.corp/a/b/5"}, "https://drone.corp/a/b/5"),
        (
            {"BITBUCKET_GIT_HTTP_ORIGIN": "https://bitbucket.org/a/b", "BITBUCKET_BUILD_NUMBER": "8"},
            "https://bitbucket.org/a/b/pipelines/results/8",
        ),
        (AZURE, "https://dev.azure.com/acme/My%20Project/_build/results?buildId=99"),
        (GITHUB | {"RECONCILER_RUN_URL": "https://argo.corp/run/1"}, "https://argo.corp/run/1"),
    ],
)
def test_the_page_of_the_run(environment: dict[str, str], url: str | None) -> None:
    assert run_url(environment) == url


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://user:secret@ci.corp/run/1?token=secret#secret", "https://ci.corp/run/1"),
        ("https://[2001:db8::1]:8443/run", "https://[2001:db8::1]:8443/run"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("https:///run", None),
        ("https://[::1", None),
        ("https://ci.corp:99999/run", None),
        ("https://ci.corp/a b", None),
        ("https://ci.corp/\x1b[2J", None),
        ("https://ci.corp/\nx", None),
        ("https://ci.corp/ö", None),
        ("https://ci.corp/" + "a" * 500, None),
        ("", None),
    ],
)
def test_only_a_plain_address_is_taken(address: str, url: str | None) -> None:
    assert run_url({"BUILD_URL": address}) == url


def test_a_number_of_a_build_is_one() -> None:
    assert run_url(AZURE | {"BUILD_BUILDID": "1&token=secret"}) is None
    assert run_url(AZURE | {"BUILD_BUILDID": "٣"}) is None


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, None),
        (GITHUB, "octocat"),
        ({"GITLAB_USER_LOGIN": "alice"}, "alice"),
        (GITHUB | {"RECONCILER_ACTOR": "bob"}, "bob"),
        ({"GITHUB_ACTOR": " "}, None),
        ({"GITHUB_ACTOR": "a\x1b[2J"}, None),
        ({"GITHUB_ACTOR": "a" * 200}, "a" * 100),
    ],
)
def test_who_started_the_run(environment: dict[str, str], name: str | None) -> None:
    assert actor(environment) == name
