"""RFC 3161 time stamps, against an authority of this machine."""

import io
import socket

import pytest
from django.core.management import CommandError, call_command

from audit.ledger import sealing
from audit.ledger.models import TimeStamp
from audit.ledger.time_stamps import NotStamped, stamp
from tests.audit.ledger.tsa import OPENSSL, Authority

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed"),
]
# An answer of two numbers: status 2 (refused) and nothing else.
UNREADABLE = "What the authority answered can't be read as a time stamp: "
REFUSED = bytes.fromhex("30053003020102")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("tsa"))
    authority.url, end = authority.serve()
    yield authority
    end()


@pytest.fixture
def authority(made, settings):
    made.answer = lambda request, stamped: (200, stamped)
    settings.TSA_URL, settings.TSA_CA = made.url, str(made.ca)
    return made


def run():
    out = io.StringIO()
    call_command("time_stamp", stdout=out)
    return out.getvalue()


def test_r075_a_checkpoint_is_stamped_and_openssl_agrees(authority, operator, tmp_path):
    said = run()
    kept = TimeStamp.objects.get()
    assert said == (
        f"Checkpoint {kept.checkpoint_id} was there at {kept.moment.day} {kept.moment:%b %Y %H:%M:%S}, "
        f"says {authority.url}.\n"
    )
    (tmp_path / "stamp.tsr").write_bytes(bytes(kept.token))
    (tmp_path / "note.txt").write_text(kept.checkpoint.note)
    assert authority.verified(tmp_path / "stamp.tsr", tmp_path / "note.txt") == "Verification: OK\n"


def test_the_authority_learns_a_hash_and_nothing_else(authority, operator):
    run()
    kind, request = authority.asked[-1]
    note = sealing.newest().note
    assert (kind, note.split("\n")[0].encode() in request) == ("application/timestamp-query", False)


def test_what_is_stamped_is_not_stamped_again(authority, operator):
    run()
    size = sealing.newest().size
    assert run() == f"Checkpoint {size} is stamped already; there is nothing newer.\n"
    assert TimeStamp.objects.count() == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda request, stamped: (503, b""), "The time stamp authority answered 503 Service Unavailable."),
        (lambda request, stamped: (200, b"hello"), UNREADABLE),
        (lambda request, stamped: (200, b""), UNREADABLE),
        (lambda request, stamped: (200, REFUSED), "The time stamp authority refused."),
    ],
)
def test_refusals_and_outages_are_told_in_a_sentence(authority, operator, answer, words):
    authority.answer = answer
    with pytest.raises(CommandError) as refused:
        run()
    assert (str(refused.value)[: len(words)], TimeStamp.objects.count()) == (words, 0)


def test_an_authority_that_is_not_there_is_told_in_a_sentence(authority, operator, settings):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.TSA_URL = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(CommandError, match="The time stamp authority can't be reached: "):
            run()


def test_a_stamp_over_something_else_is_refused(authority, operator):
    checkpoint = sealing.seal()
    kept = stamp(checkpoint)
    authority.answer = lambda request, stamped: (200, bytes(kept.token))
    with pytest.raises(NotStamped, match="answers another request than ours"):
        stamp(checkpoint)
    checkpoint.note += "changed"
    with pytest.raises(NotStamped, match="over something else than this checkpoint"):
        stamp(checkpoint)


def test_a_stamp_of_a_stranger_is_refused(authority, operator, settings, tmp_path):
    stranger = Authority(tmp_path)
    settings.TSA_CA = str(stranger.ca)
    with pytest.raises(NotStamped, match="No authority of"):
        stamp(sealing.seal())
    settings.TSA_CA = str(tmp_path / "missing.pem")
    with pytest.raises(NotStamped, match="certificates can't be read"):
        stamp(sealing.newest())
    assert TimeStamp.objects.count() == 0


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://127.0.0.1/"])
def test_only_web_addresses_are_asked(operator, settings, url):
    settings.TSA_URL = url
    with pytest.raises(NotStamped, match="No authority is set"):
        stamp(sealing.seal())


def test_a_stamp_that_fails_never_stops_sealing(authority, operator, auditor):
    authority.answer = lambda request, stamped: (500, b"")
    with pytest.raises(CommandError):
        run()
    assert sealing.unsealed()[0] == 0
