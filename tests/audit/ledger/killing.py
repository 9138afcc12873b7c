"""Run something in a process of its own that is killed (SIGKILL) at the n-th boundary.

Boundaries: before every statement that goes to the database, before and after every commit, before every
opening, renaming, linking or removing of a file in the ledger's folder. Such a process ends like one that
the machine took: nothing of ours runs afterwards.
"""

import os
import signal
import sys
import traceback

from django.db import connection, connections

from audit.ledger import keys

MOST_IN_VAIN = 200
FILE_EVENTS = {"open", "os.rename", "os.link", "os.remove", "os.mkdir"}


def killed_at(number, act):
    """Do `act` in a child that is killed at its n-th boundary; False when it came through alive."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _live(number, act)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def at_every_boundary(act, first=1, is_done=lambda: True):
    """Do `act` again and again, killed one boundary later each time; yields after each kill.

    Ends when it came through alive and is done. A sealer may come through with nothing done: on a server
    of PostgreSQL a transaction that ended this moment in another database holds entries up for one pass.
    """
    number, alive = first, 0
    while alive < MOST_IN_VAIN:
        if killed_at(number, act):
            yield number
            number, alive = number + 1, 0
        elif is_done():
            break
        else:
            alive += 1
    connections.close_all()
    assert is_done(), f"came through {alive} times without being done"


def _live(number, act):
    """The child's whole life; never returns."""
    left = number

    def boundary():
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        _watch_files(boundary)
        _watch_commits(boundary)
        with connection.execute_wrapper(_watch_statements(boundary)):
            act()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(3)


def _watch_statements(boundary):
    def execute(run, sql, params, many, context):
        boundary()
        return run(sql, params, many, context)

    return execute


def _watch_commits(boundary):
    commit = connection._commit

    def watched():
        boundary()
        commit()
        boundary()

    connection._commit = watched


def _watch_files(boundary):
    folder = str(keys.folder())

    def hook(event, arguments):
        if event in FILE_EVENTS and str(arguments[0]).startswith(folder):
            boundary()

    sys.addaudithook(hook)
