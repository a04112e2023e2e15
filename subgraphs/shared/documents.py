"""Documents that rights are decided on."""

from __future__ import annotations

from typing import ClassVar

from flows.ids import object_ref
from identity import Principal, PrincipalKind
from store import VersionedDocument


class OwnedDocument(VersionedDocument):
    """A document with an object ref and an owner. One that does not say who owns it owns itself."""

    service: ClassVar[str]
    obj_type: ClassVar[str]
    resource: ClassVar[str]
    """Second part of its permissions, such as `goods`."""
    open_to_users: ClassVar[bool] = False
    """Whether every signed-in user reads documents of this class, role or not."""

    @property
    def object_ref(self) -> str:
        """`service:objType:id`."""
        return object_ref(self.service, self.obj_type, self.id)

    @property
    def owner_ref(self) -> str:
        """Ref of the object whose roles decide over this one."""
        return self.object_ref

    def open_to(self, principal: Principal) -> bool:
        """Whether this caller reads the document without a role or an authorization."""
        return self.open_to_users and principal.kind is PrincipalKind.USER

    @property
    def was_made(self) -> bool:
        """False for a fence: a tombstone where nothing was ever made, which has none of the class's fields."""
        fields = type(self).model_fields.items()
        return all(name in self.model_fields_set for name, field in fields if field.is_required())

    @classmethod
    def permission(cls, action: str) -> str:
        """The permission to `read` or `write` documents of this class."""
        return f"{cls.service}.{cls.resource}.{action}"
