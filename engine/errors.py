"""Everything the engine refuses, each with a stable code and a sentence for a person.

``server/errors.py`` maps these classes to HTTP statuses and WebSocket close codes.
"""


class WireroomError(Exception):
    """Base: ``code`` is stable for machines, ``str(error)`` is one sentence for people."""

    code = "error"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details = details


# -- the request is wrong ------------------------------------------------------------------------


class Invalid(WireroomError):
    """A value that cannot be accepted; the sentence names the field."""

    code = "invalid"


class UnknownRole(Invalid):
    code = "unknown_role"


class NotFound(WireroomError):
    code = "not_found"


class Merged(WireroomError):
    """The issue went into another; ``details["into"]`` names the one that is there now."""

    code = "merged"


class Unauthenticated(WireroomError):
    """No valid credential came with the request."""

    code = "not_authenticated"


class ReauthRequired(Unauthenticated):
    """The session is too old to sign with."""

    code = "reauth_required"


class NotAllowed(WireroomError):
    """We know who asks, and they may not."""

    code = "not_allowed"


class RoleNotHeld(NotAllowed):
    code = "role_not_held"


class NotAPerson(NotAllowed):
    """Only people sign."""

    code = "not_a_person"


class TakesTwo(NotAllowed):
    """One admin alone may not do this; the sentence says how two do it."""

    code = "takes_two"


# -- the desk is not in that state ---------------------------------------------------------------


class Conflict(WireroomError):
    code = "conflict"


class StaleDigest(Conflict):
    """The caller approves or edits something other than what is current."""

    code = "stale_digest"


class SamePerson(Conflict):
    """Two sign-offs must come from two different people."""

    code = "same_person"


class AlreadySigned(Conflict):
    """Somebody else has signed in this role."""

    code = "already_signed"


class NoFreshEyes(Conflict):
    """Both signers wrote part of what is signed."""

    code = "no_fresh_eyes"


class Declined(Conflict):
    """An open decline must be cleared by its own role first."""

    code = "declined"


class CitesWithdrawn(Conflict):
    """The text cites what its publisher took back."""

    code = "cites_withdrawn"


class Interrupted(Conflict):
    """The interrupt is active: nothing is exported."""

    code = "interrupted"


class OnHold(Conflict):
    """A legal hold covers it: nothing of it is erased."""

    code = "on_hold"


class RunInProgress(Conflict):
    code = "run_in_progress"


class IdempotencyMismatch(WireroomError):
    """The same Idempotency-Key came with another request."""

    code = "idempotency_mismatch"


class PreconditionRequired(WireroomError):
    """An edit must say which digest it edits (If-Match)."""

    code = "precondition_required"


class GateShut(NotAllowed):
    """Sign-offs are missing; ``details["missing"]`` lists the roles."""

    code = "gate_shut"


# -- something around us failed ------------------------------------------------------------------


class SourceFailed(WireroomError):
    """A source could not be read; the sentence says why in words."""

    code = "source_failed"


class ProviderFailed(WireroomError):
    """The identity provider's keys could not be had; who asks cannot be said now."""

    code = "provider_failed"


class StoreFailed(WireroomError):
    """The data folder could not be read or written; nothing was half-written."""

    code = "store_failed"


class DataFolderBusy(WireroomError):
    """Another server owns the data folder."""

    code = "data_folder_busy"


class SettingInvalid(WireroomError):
    """A process setting is wrong; the sentence names the variable."""

    code = "setting_invalid"


class WorkerFailed(WireroomError):
    """The worker process died during a job, and again on the retry."""

    code = "worker_failed"


class KeyUnusable(WireroomError):
    """The signing key is missing, damaged, or open to others."""

    code = "key_unusable"


class AnchorFailed(WireroomError):
    """The second place did not take the signed heads; they are sent again later."""

    code = "anchor_failed"


class ShuttingDown(WireroomError):
    code = "shutting_down"


class PackageInvalid(WireroomError):
    """An export package that cannot be read at all."""

    code = "package_invalid"


class BackupInvalid(WireroomError):
    """A backup that is damaged, or is not of this log."""

    code = "backup_invalid"
