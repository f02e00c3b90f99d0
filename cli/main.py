"""The `backup-evidence` command: its groups put together. Heavy imports stay inside the commands."""

from __future__ import annotations

import os
import sys

from cli import (
    checkpoint,
    doctor,
    drills,
    exceptions,
    gate,
    import_files,
    items,
    keys,
    ledger,
    notify,
    owners,
    pack,
    replicate,
    retention,
    rpo,
    run,
    status,
    timestamp,
    verify,
    watch,
)
from cli.help import Commands

app = Commands(
    name="backup-evidence",
    help="Turn what Azure Backup did each night into evidence that an auditor can check without trusting us.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 ok, 1 unexpected, 2 usage or configuration, 3 findings, 4 partial or not COMPLETE, "
    "5 sign-in or rights, 6 throttled or unavailable, 7 integrity, 8 refused by policy.",
)
app.command("run")(run.run)
app.command("import")(import_files.import_files)
app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
app.command("gate")(gate.gate)
app.command("watch")(watch.watch)
app.command("rpo")(rpo.rpo)
app.command("verify")(verify.verify)
app.add_typer(keys.app, name="keys")
app.add_typer(pack.app, name="pack")
app.add_typer(ledger.app, name="ledger")
app.add_typer(exceptions.app, name="exceptions")
app.add_typer(drills.app, name="drills")
app.add_typer(items.app, name="items")
app.add_typer(timestamp.app, name="timestamp")
app.add_typer(checkpoint.app, name="checkpoint")
app.add_typer(owners.app, name="owners")
app.add_typer(notify.app, name="notify")
app.add_typer(retention.app, name="retention")
app.command("replicate")(replicate.replicate)


def main() -> None:
    """Run the command; an interrupt ends it with 130, a closed pipe silently."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away: nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
