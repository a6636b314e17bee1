"""The face of the desk: our colours, our type, no word of Wagtail's about itself."""

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from wagtail import hooks

from conglang.portal.publishing.rendering import face

FONT = "be-vietnam-pro-{script}-{weight}-normal"
SCRIPTS = {
    "vietnamese": "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,"
    "U+0303-0304,U+0308-0309,U+0323,U+0329,U+1EA0-1EF9,U+20AB",
    "latin": "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2191,"
    "U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
}


@hooks.register("insert_global_admin_css")
def our_look() -> SafeString:
    sheet = format_html('<link rel="stylesheet" href="{}">', static("desk/desk.css"))
    return mark_safe(f"<style>{_font_faces()}</style>{sheet}")  # noqa: S308 (our own file names only)


@hooks.register("insert_global_admin_js")
def starts_of_widgets() -> SafeString:
    return format_html('<script src="{}" defer></script>', static("desk/starts.js"))


def _font_faces() -> str:
    addresses = {
        path.rsplit("/", 1)[-1].split(".")[0]: path for path in face.assets() if path.endswith(".woff2")
    }
    rules = []
    for script, span in SCRIPTS.items():
        for weight in (400, 600, 700):
            address = addresses.get(FONT.format(script=script, weight=weight))
            if address:
                rules.append(
                    f"@font-face{{font-family:'Be Vietnam Pro';font-weight:{weight};font-display:swap;"
                    f"src:url({address}) format('woff2');unicode-range:{span}}}"
                )
    return "".join(rules)
