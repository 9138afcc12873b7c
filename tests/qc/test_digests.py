"""The daily mail: counts and a link, once a day, lost never, and nothing of any record in it."""

import datetime as dt
import smtplib
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Barrier

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from audit.management.commands.seal import Mailer
from audit.models import Entry
from qc.notices import digest, reading
from qc.notices.actions import choose_notices
from qc.notices.models import DigestRun, NoticeMark
from tests.factories import BatchFactory, PersonFactory, system
from tests.factories.deviations import opened
from tests.way import submitted

ADDRESS = "reviewer1@example.org"


class Broken(EmailBackend):
    """A mail server that takes nothing, and names the address in its refusal."""

    def send_messages(self, messages):
        raise smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"no")})


@pytest.fixture(autouse=True)
def mailing(settings):
    settings.MAIL = "smtp"
    settings.PUBLIC_URL = "https://ledger.example.org"
    return settings


@pytest.fixture
def wanting(reviewer, with_qc):
    """A reviewer who wants a daily mail, with one thing to be told."""
    choose_notices(digest="daily", email=ADDRESS, by=reviewer)
    return reviewer


def sent():
    outcome = digest.send_digests()
    return outcome.sent, outcome.failed


def test_a_mail_says_how_many_and_where_and_nothing_of_the_record(wanting, with_qc, operator):
    assert sent() == (1, 0)
    (message,) = mail.outbox
    assert message.to == [ADDRESS]
    assert "1 batch was submitted for review" in message.body
    assert "https://ledger.example.org/notices/" in message.body
    whole = f"{message.subject} {message.body}"
    secrets = (with_qc.number, with_qc.product.code, with_qc.source_lot.code, with_qc.source_lot.donor.code)
    assert not [word for word in (*secrets, "operator1", "Operator One", "Pellet") if word in whole]


def test_one_mail_a_day_however_often_it_runs(wanting, operator, second_operator, monkeypatch):
    assert [sent(), sent()] == [(1, 0), (0, 0)]
    submitted(BatchFactory(by=operator), operator, second_operator)
    assert sent() == (0, 0)
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *_: tomorrow)
    assert sent() == (1, 0)
    assert "1 batch was submitted" in mail.outbox[1].body  # only what came since the last mail


def test_nothing_new_sends_nothing_and_writes_nothing(wanting):
    reading.mark_seen(wanting, Entry.objects.latest("id").pk)
    before = Entry.objects.count()
    assert (sent(), mail.outbox, Entry.objects.count()) == ((0, 0), [], before)


def test_overdue_deviations_are_counted(wanting, with_qc, operator, monkeypatch):
    opened(with_qc, operator, owner=wanting, due_on=timezone.localdate())
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *_: tomorrow)
    assert sent() == (1, 0)
    assert "1 of your deviations is overdue" in mail.outbox[0].body


def test_sending_is_an_entry_that_counts_and_names_nobody(wanting):
    sent()
    run = DigestRun.objects.get()
    entry = Entry.objects.get(kind="qc.digestrun")
    assert (run.sent, run.failed, entry.actor_username, entry.act) == (1, 0, "daily-mail", "note_digests")
    assert "example.org" not in entry.body


def test_who_wants_none_or_was_deactivated_gets_none(wanting, qa, administrator):
    from accounts.actions import set_active
    from audit.refusal import Reason

    choose_notices(digest="none", email="qa1@example.org", by=qa)
    reason = Reason("administration", "left the laboratory")
    set_active(person=wanting, is_active=False, by=administrator, reason=reason)
    assert (sent(), mail.outbox) == ((0, 0), [])


def test_a_failing_mail_server_loses_nothing_and_says_so(wanting, settings, monkeypatch):
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    with pytest.raises(CommandError, match=r"1 mail was not sent \(SMTPRecipientsRefused\)"):
        call_command("send_digests", stdout=StringIO())
    entry = Entry.objects.get(kind="qc.digestrun")
    assert "SMTPRecipientsRefused" in entry.body and ADDRESS not in entry.body
    settings.EMAIL_BACKEND = works
    assert (sent(), len(mail.outbox)) == ((1, 0), 1)


def test_a_sender_that_died_lets_go_and_the_mail_leaves_again(wanting, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(digest, "_had", die)
        with pytest.raises(KeyboardInterrupt):
            digest.send_digests()
    assert (sent(), len(mail.outbox)) == ((0, 0), 1)  # still claimed
    past = timezone.now() - dt.timedelta(seconds=1)
    NoticeMark.objects.filter(person=wanting).update(claimed_until=past)
    assert (sent(), len(mail.outbox)) == ((1, 0), 2)


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_one_mail():
    system()
    operator, second = PersonFactory(), PersonFactory()
    reviewer = PersonFactory(role="reviewer")
    choose_notices(digest="daily", email=ADDRESS, by=reviewer)
    submitted(BatchFactory(by=operator), operator, second)
    start = Barrier(2)

    def send(_):
        start.wait()
        try:
            return digest.send_digests().sent
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, range(2))) == [0, 1]


def test_without_mail_it_says_so(db, settings):
    settings.MAIL = ""
    with pytest.raises(CommandError, match="No mail is set up"):
        call_command("send_digests")


@pytest.mark.parametrize(("hour", "at", "starts"), [(None, 8, 0), (7, 6, 0), (7, 7, 1), (7, 23, 1)])
def test_the_sealer_starts_the_mails_once_an_hour(monkeypatch, hour, at, starts):
    started = []
    monkeypatch.setattr("audit.management.commands.seal.subprocess.Popen", lambda *_, **__: started.append(1))
    moment = timezone.make_aware(dt.datetime(2026, 11, 26, at, 5))
    monkeypatch.setattr(timezone, "localtime", lambda *_: moment)
    mailer = Mailer(hour)
    mailer.look()
    mailer.look()
    assert len(started) == starts
