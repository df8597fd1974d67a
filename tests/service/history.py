"""What the routes of structure and time are asked about in the role table."""

from functools import cached_property
from typing import Any

from tests.service.world import World

Asked = tuple[str, Any]
SAID = {"predicate": "form", "value": {"bays": 7}, "edtf": "1833-03/..", "basis": "source", "certainty": 3}


class History:
    """Statements, events and a record file of a private part."""

    world: World
    part: str
    shown: dict[str, Any]

    @cached_property
    def terms(self) -> str:
        """The import that brought the kinds of events."""
        concept = {"scheme": "event_type", "code": "repair", "label": {"vi": "sửa chữa", "en": "repair"}}
        records = {"schema": "heritage-records/1", "concepts": [concept]}
        body = {"organisation_id": self.world.organisation, "records": records}
        return self.world.post("curator", "/v1/imports", body)["id"]

    @cached_property
    def statement(self) -> str:
        """A statement that is only read."""
        return self._made_statement()

    @cached_property
    def event(self) -> str:
        """An event that is only read."""
        path, body = self.new_event()
        return self.world.post("contributor", path, body)["id"]

    def _made_statement(self) -> str:
        path, body = self.new_statement()
        return self.world.post("contributor", path, body)["id"]

    def statements(self) -> Asked:
        return "/v1/statements?predicate=form&as_of=1900", None

    def new_statement(self) -> Asked:
        return "/v1/statements", {"subject_id": self.part, **SAID}

    def one_statement(self) -> Asked:
        return f"/v1/statements/{self.statement}", None

    def correction(self) -> Asked:
        return f"/v1/statements/{self._made_statement()}/corrections", {**SAID, "reason": "a bay too many"}

    def statements_of_subject(self) -> Asked:
        return f"/v1/subjects/{self.part}/statements?below=true", None

    def materials(self) -> Asked:
        return f"/v1/subjects/{self.part}/materials?concept=wood", None

    def condition(self) -> Asked:
        return f"/v1/subjects/{self.part}/condition", None

    def events(self) -> Asked:
        return "/v1/events?kind=repair", None

    def new_event(self) -> Asked:
        assert self.terms
        title = {"vi": "Thay cột", "en": "Column replaced"}
        body = {
            "kind": "repair",
            "title": title,
            "edtf": "1990-12",
            "certainty": 3,
            "subject_ids": [self.part],
        }
        return "/v1/events", body

    def one_event(self) -> Asked:
        return f"/v1/events/{self.event}", None

    def relations(self) -> Asked:
        return "/v1/relations?role=part_of", None

    def timeline(self) -> Asked:
        return f"/v1/subjects/{self.part}/timeline", None

    def search(self) -> Asked:
        return "/v1/search?q=di%20tich", None

    def parts(self) -> Asked:
        return f"/v1/subjects/{self.part}/parts", None

    def representing_version(self) -> Asked:
        return f"/v1/subjects/{self.shown['subject_id']}/version", None

    def concepts(self) -> Asked:
        return "/v1/concepts?scheme=predicate", None

    def new_import(self) -> Asked:
        code = self.world.word("imported")
        subject = {"code": code, "kind": "site", "name": {"vi": code}}
        records = {"schema": "heritage-records/1", "subjects": [subject]}
        return "/v1/imports", {"organisation_id": self.world.organisation, "records": records}

    def one_import(self) -> Asked:
        return f"/v1/imports/{self.terms}", None
