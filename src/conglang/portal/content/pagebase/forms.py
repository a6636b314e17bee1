"""The form every page is written in."""

from itertools import count

from wagtail.admin.forms import WagtailAdminPageForm

from .rules import slug_for


class PageForm(WagtailAdminPageForm):
    """Two notices of one title are daily work: an address that was only made from the title gives way by itself.

    One that somebody chose and that is taken is still refused, with a sentence.
    """

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data.get("slug") or ""
        made = slug_for(self.cleaned_data.get("title") or "")
        if slug and slug != made:
            return slug
        numbered = (made if number == 1 else f"{made}-{number}" for number in count(1))
        return next(one for one in numbered if self._is_free(one))

    def _is_free(self, slug: str) -> bool:
        return bool(type(self.instance)._slug_is_available(slug, self.parent_page, self.instance))
