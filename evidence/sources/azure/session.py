"""One subscription asked through the real SDKs: the clients, our pipeline around them, and the way through pages.

Not here: which questions are asked (`capture`, `discovery`). Invariant: a session belongs to one thread and one capture;
only tokens are shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, Protocol, cast
from urllib.parse import urljoin

import requests
from azure.core import PipelineClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.core.paging import ItemPaged
from azure.core.pipeline.policies import HeadersPolicy, HTTPPolicy, SansIOHTTPPolicy, UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.dataprotection import DataProtectionMgmtClient
from azure.mgmt.recoveryservices import RecoveryServicesClient
from azure.mgmt.recoveryservicesbackup import RecoveryServicesBackupClient

from evidence.clocks import Clock
from evidence.errors import RefusedError
from evidence.records import Call
from evidence.sources.azure.credentials import Tokens
from evidence.sources.azure.exchange import Recorder
from evidence.sources.azure.governing import Govern, NotAskedError
from evidence.sources.azure.keeping import Keep, NotReadError, Thin
from evidence.sources.azure.options import AzureOptions, Endpoint, origin_of
from evidence.sources.azure.policies import Auth, Guard, RequestId
from evidence.sources.azure.questions import Answer, Question, Reading
from evidence.sources.azure.quota import Governor
from evidence.sources.azure.retrying import Patience, Retry, RunWaits

BACKUP_API_VERSION: Final = "2023-04-01"
"""Newest api-version of which job lists were recorded; items, points, policies, details, guard proxies and
chains were too. Settings of encryption and soft delete were recorded under other versions only, in one and the same shape."""
VAULTS_API_VERSION: Final = "2024-04-01"
"""Newest api-version of which vaults and vault lists were recorded."""
PROTECTION_API_VERSION: Final = "2024-04-01"
"""Newest api-version of which Backup vaults, their jobs, instances, points and policies were recorded."""
MOST_PAGES: Final = 10_000
USER_AGENT: Final = "backup-evidence"

Policy = HTTPPolicy[HttpRequest, HttpResponse] | SansIOHTTPPolicy[HttpRequest, HttpResponse]


class Operation(Protocol):
    """An SDK operation with all but the question bound; what it returns is never looked at."""

    def __call__(self, *, question: Question) -> object:
        """Send the call."""
        ...


class ListOperation(Protocol):
    """The same for a list."""

    def __call__(self, *, question: Question) -> ItemPaged[Any]:
        """Prepare the calls; each page is sent when it is asked for."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """What all sessions share."""

    options: AzureOptions
    endpoint: Endpoint
    tokens: Tokens
    clock: Clock
    patience: Patience
    governor: Governor
    waits: RunWaits
    """The waiting of one run."""

    def policies(self, recorder: Recorder) -> list[Policy]:
        """A fresh pipeline, outermost policy first; policies hold their successor, so each client needs its own."""
        base_url = self.endpoint.base_url
        return [
            RequestId(self.patience.entropy),
            cast("Policy", HeadersPolicy({"Accept-Encoding": "identity"})),  # azure-core types these two too loosely
            cast("Policy", UserAgentPolicy(base_user_agent=USER_AGENT)),
            Thin(recorder),
            Guard(base_url),
            Govern(self.governor, self.waits, self.patience, self.clock),
            Retry(self.patience, self.waits, self.governor),
            Auth(self.tokens, base_url, self.clock),
            Keep(self.clock),
        ]


class Session:
    """Asks one subscription, for one capture, in one thread."""

    def __init__(self, line: Line, subscription_id: str, recorder: Recorder, transport: RequestsTransport) -> None:
        self.recorder = recorder
        self._base_url = line.endpoint.base_url
        self._line, self._transport, self._subscription = line, transport, subscription_id

    @cached_property
    def backup(self) -> RecoveryServicesBackupClient:
        """Recovery Services: what a vault protects."""
        return RecoveryServicesBackupClient(
            _NoCredential(), self._subscription, self._base_url, api_version=BACKUP_API_VERSION, **self._pipeline()
        )

    @cached_property
    def vaults(self) -> RecoveryServicesClient:
        """Recovery Services: the vaults themselves."""
        return RecoveryServicesClient(
            _NoCredential(), self._subscription, self._base_url, api_version=VAULTS_API_VERSION, **self._pipeline()
        )

    @cached_property
    def protection(self) -> DataProtectionMgmtClient:
        """Backup vaults and what they protect."""
        return DataProtectionMgmtClient(
            _NoCredential(), self._subscription, self._base_url, api_version=PROTECTION_API_VERSION, **self._pipeline()
        )

    @cached_property
    def _plain(self) -> PipelineClient[HttpRequest, HttpResponse]:
        """For what no pinned SDK asks; the same pipeline."""
        return PipelineClient(self._base_url, **self._pipeline())

    def _pipeline(self) -> dict[str, Any]:
        return {"policies": self._line.policies(self.recorder), "transport": self._transport}

    @property
    def options(self) -> AzureOptions:
        """What is configured."""
        return self._line.options

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls so far."""
        return self.recorder.calls

    def read(self, question: Question, operation: Operation) -> Reading:
        """Ask for one object."""
        return self._step((), lambda: operation(question=question)) or Reading(self._latest(()))

    def send(self, question: Question, request: HttpRequest) -> Reading:
        """Ask one question that no pinned SDK knows; a path is taken as the endpoint's own."""
        request.url = self._plain.format_url(request.url)
        return self.read(question, partial(self._plain.send_request, request))

    def send_list(self, question: Question, request: HttpRequest) -> Reading:
        """The same for a list whose pages are linked by `nextLink`."""

        def operation(*, question: Question) -> ItemPaged[Any]:
            return ItemPaged(partial(self._page, request, question), _page_of)

        return self.read_list(question, operation)

    def _page(self, first: HttpRequest, question: Question, link: str | None) -> HttpResponse:
        request = first if link is None else HttpRequest("GET", link)
        request.url = self._plain.format_url(request.url)
        return self._plain.send_request(request, question=question)

    def read_list(self, question: Question, operation: ListOperation) -> Reading:
        """Ask for a list, page by page, as far as its links can be followed."""
        answers: tuple[Answer, ...] = ()
        links: set[str] = set()
        try:
            pages = operation(question=question).by_page()
        except (AzureError, ValueError) as error:
            return _not_asked((), error)
        while True:
            failure = self._step(answers, lambda: next(pages))
            if failure is not None:
                return failure
            answers = self._latest(answers)
            link = answers[-1].call.next_link
            if link is None:
                return Reading(answers)
            obstacle = self._obstacle(answers, link, links)
            if obstacle is not None:
                return Reading(answers, obstacle, obstacle)
            links.add(link)

    def _step(self, before: tuple[Answer, ...], ask: Callable[[], object]) -> Reading | None:
        try:
            ask()
        except NotReadError as error:
            answer = error.answer
            page = f"page {len(before) + 1}: " if before else ""
            return Reading((*before, answer), f"{page}{answer.call.reason}", f"{page}{answer.brief}")
        except NotAskedError as error:
            return Reading(before, _told(error, before), error.message, refused=True)
        except (AzureError, RefusedError, ValueError) as error:
            return _not_asked(before, error)
        return None

    def _latest(self, before: tuple[Answer, ...]) -> tuple[Answer, ...]:
        latest = self.recorder.latest
        if latest is None or (before and latest is before[-1]):
            raise RuntimeError("the SDK answered without a call")
        return (*before, latest)

    def _obstacle(self, answers: tuple[Answer, ...], link: str, links: set[str]) -> str | None:
        asked = answers[-1].call.url
        if origin_of(_joined(asked, link)) != origin_of(self._base_url):
            host = origin_of(link)[1] or "its address cannot be read"
            return f"the next page lies at another origin ({host}), which is never asked"
        if link in links or link == asked:
            return "the link to the next page leads back to a page already read"
        if len(answers) >= MOST_PAGES:
            return f"the list did not end after {MOST_PAGES} pages"
        return None


@contextmanager
def open_session(line: Line, subscription_id: str, capture_id: str) -> Iterator[Session]:
    """A session of its own connections, closed afterwards."""
    transport = RequestsTransport(
        connection_timeout=line.options.connect_timeout_s,
        read_timeout=line.options.read_timeout_s,
        use_env_settings=not line.endpoint.loopback,  # a proxy must not carry what is for this machine
    )
    with transport:
        # Without it `requests` would put what ~/.netrc holds for the host in the place of our token.
        transport.session.auth = _unchanged
        yield Session(line, subscription_id, Recorder(capture_id), transport)


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _page_of(response: HttpResponse) -> tuple[str | None, Iterator[object]]:
    body = response.json()
    return body["nextLink"], iter(body["value"])


def _joined(asked: str, link: str) -> str:
    try:
        return urljoin(asked, link)
    except ValueError:
        return ""


def _told(error: NotAskedError, before: tuple[Answer, ...]) -> str:
    return f"{error.message}; page {len(before) + 1} and what follows was not asked" if before else error.message


def _not_asked(before: tuple[Answer, ...], error: Exception) -> Reading:
    why = f"not asked: {type(error).__name__}: {error}"
    return Reading(before, why, why)


class _NoCredential:
    """What the clients insist on being given; our own policy signs."""

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        raise RefusedError("The SDK's own sign-in is not used.")
