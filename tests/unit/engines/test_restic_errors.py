"""restic's exit codes and complaints: each says what happened and what to do next."""

from __future__ import annotations

import json

import pytest

from reconciler.engines.restic import errors
from reconciler.errors import (
    EngineFailed,
    EngineInterrupted,
    EngineLied,
    Next,
    ReconcilerError,
    RepositoryExists,
    RepositoryFull,
    RepositoryLocked,
    RepositoryMissing,
    RepositoryUnreachable,
    SourceMissing,
    WrongPassword,
)


def fatal(code: int, message: str) -> str:
    return json.dumps({"message_type": "exit_error", "code": code, "message": f"Fatal: {message}"})


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, EngineFailed),
        (3, EngineFailed),
        (10, RepositoryMissing),
        (11, RepositoryLocked),
        (12, WrongPassword),
        (130, EngineInterrupted),
        (-9, EngineInterrupted),
        (99, EngineFailed),
    ],
)
def test_each_exit_code_has_its_error_and_an_unknown_one_is_a_failure(code: int, kind: type[ReconcilerError]) -> None:
    error = errors.explain(code, [fatal(code, "something")], "listing")
    assert type(error) is kind
    assert str(error).startswith("listing: ")


def test_a_wrong_password_is_never_tried_again() -> None:
    assert errors.explain(12, [], "listing").next is Next.NEVER


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("create repository at /r failed: config file already exists", RepositoryExists),
        ("unable to save snapshot: write /r/data/ab: no space left on device", RepositoryFull),
        ("unable to save snapshot: write /tmp/restic-temp-pack-5: no space left on device", EngineFailed),
        ("server response unexpected: 507 Insufficient Storage (507)", RepositoryFull),
        ("all source directories/files do not exist", SourceMissing),
        ('Post "http://nas:8000/": dial tcp 10.0.0.1:8000: connect: connection refused', RepositoryUnreachable),
        ("dial tcp: lookup nas: no such host", RepositoryUnreachable),
        ("x509: certificate signed by unknown authority", RepositoryUnreachable),
        ("unable to open config file: unexpected HTTP response (401): 401 Unauthorized", RepositoryUnreachable),
        ("client.BucketExists: Access Denied.", RepositoryUnreachable),
        ("unable to open repository: open /r/config: permission denied", RepositoryUnreachable),
        ("something new", EngineFailed),
    ],
)
def test_a_complaint_says_what_kind_of_trouble_it_is(message: str, kind: type[ReconcilerError]) -> None:
    error = errors.explain(1, [fatal(1, message)], "backing up")
    assert type(error) is kind
    assert "Fatal" not in str(error)
    assert message.rpartition(": ")[2] in str(error)


def test_the_cause_is_found_among_json_and_plain_lines() -> None:
    told = [
        "Load(<data/ab>, 0, 0) failed: broken",
        json.dumps({"message_type": "error", "error": {"message": "open /x: permission denied"}, "item": "/x"}),
        fatal(1, "unable to save snapshot\nIs there a repository?"),
        "",
        '{"broken',
    ]
    assert errors.explain(1, told, "backing up").what.endswith("exit code 1: unable to save snapshot")
    assert errors.complaint(["plain words only"]) == "plain words only"
    assert "without a word" in str(errors.explain(1, [], "backing up"))


def test_a_mere_count_of_errors_is_followed_by_the_first() -> None:
    first = json.dumps({"message_type": "error", "error": {"message": "write /t/a: no space left on device"}})
    error = errors.explain(1, [first, "junk", fatal(1, "There were 4 errors")], "restoring")
    assert type(error) is RepositoryFull
    assert "There were 4 errors, the first: write /t/a" in str(error)


def test_ssh_s_own_words_tell_more_than_an_unexpected_end() -> None:
    told = [
        "subprocess ssh: Host key verification failed.",
        fatal(1, "unable to open repository at sftp:nas:/r: unable to start the sftp session, error: EOF"),
    ]
    error = errors.explain(1, told, "listing")
    assert type(error) is RepositoryUnreachable
    assert "Host key verification failed" in str(error)
    assert "hostKey" in error.remedy


def test_an_unreadable_file_is_no_trouble_of_the_repository() -> None:
    item = json.dumps({"message_type": "error", "error": {"message": "open /x: permission denied"}})
    assert type(errors.explain(1, [item, fatal(1, "something new")], "backing up")) is EngineFailed


def test_a_message_is_one_printable_line_of_bounded_length_that_keeps_its_end() -> None:
    error = errors.explain(1, [fatal(1, "a\x1b[31m" + "b" * 5000 + " the cause")], "backing up")
    assert "\x1b" not in str(error)
    assert len(str(error)) < 500
    assert error.what.endswith(" the cause")


def test_a_stack_of_the_program_is_no_cause() -> None:
    told = [
        "id 99e46f not found in repository",
        "github.com/restic/restic/internal/repository.(*Repository).LoadBlob",
        "\tgithub.com/restic/restic/internal/repository/repository.go:235",
        "runtime.goexit",
        "\truntime/asm_amd64.s:1700",
    ]
    assert errors.explain(1, told, "pruning").what == "pruning: id 99e46f not found in repository"


@pytest.mark.parametrize(
    "message",
    [
        "config or key 762fdf is damaged: ciphertext verification failed",
        "LoadRaw(<key/8a013a83f5>): invalid data returned",
        "packs from index missing in repo",
        "pack size does not match calculated size from index",
    ],
)
def test_damage_is_told_with_what_to_do(message: str) -> None:
    assert "repair it" in errors.explain(1, [fatal(1, message)], "pruning").remedy


def test_whatever_fails_says_what_comes_next() -> None:
    assert "next pass" in errors.explain(1, [fatal(1, "something new")], "pruning").remedy


@pytest.mark.parametrize("code", [1, 2, 99, -9])
def test_whatever_ended_it_there_is_a_next_step(code: int) -> None:
    assert "Next: " in str(errors.explain(code, [], "backing up"))


def test_words_of_failure_beside_an_exit_code_of_success_are_a_lie() -> None:
    for line in (fatal(12, "wrong password"), fatal(3, "some files"), "Fatal: unable to save", "panic: runtime error"):
        denied = errors.denied(0, ["using a cache", line], "backing up")
        assert type(denied) is EngineLied
        assert "Next: " in str(denied)
    assert errors.denied(0, ["Fatalities are fatal", "Ignoring ab: damaged", '{"code":1}'], "listing") is None
    assert errors.denied(3, [fatal(3, "at least one source file could not be read")], "backing up") is None


def test_retries_are_recognised() -> None:
    line = "Save(<data/ab>) returned error, retrying after 552ms: write /r/x: no space left on device"
    assert errors.says_retrying(line)
    assert errors.says_full(line)
    assert not errors.says_recovered(line)
    assert errors.says_recovered("Save(<data/ab>) operation successful after 3 retries")
