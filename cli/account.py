"""Under which account of the operating system a command is run."""

from __future__ import annotations

import os
import pwd
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.ledger.persons import Account


def account() -> Account:
    """The account by its number: names in the environment can be set by anybody, the number cannot."""
    from evidence.ledger.persons import Account

    uid = os.getuid()
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:
        user = f"uid-{uid}"  # a container's user often has no name
    return Account(user, uid, socket.gethostname() or "unknown")
