"""Check that an unpacked Odoo is whole: its links and its web bundles."""

import ast
from pathlib import Path

from common import Failure

# Named by Odoo's own manifests, yet in no release of it.
NOT_UPSTREAM_EITHER = {
    "project/static/src/views/project_task_model_mixin",  # a slip: lacks its ".js"
    "website/static/src/interactions/follow.edit.js",  # lives in website_mail
    "web/static/asset_styles_company_report.scss",  # kept in the database
    "test_assetsbundle/static/invalid_src/xml/file_not_found.xml",  # a test of this
}


def check(addons_folders):
    """Raise Failure when a link is broken or a bundle names a missing file."""
    broken = [path for folder in addons_folders for path in _broken_links(folder)]
    missing = _missing_assets(addons_folders)
    if broken or missing:
        names = ", ".join(sorted({str(path) for path in [*broken, *missing]})[:5])
        raise Failure(
            f"This Odoo is not whole: {len(broken)} broken links, {len(missing)}"
            f" missing files of web bundles ({names})."
            " Use another one: ODOO_SOURCE=/path."
        )


def _broken_links(folder):
    return [
        path for path in folder.rglob("*") if path.is_symlink() and not path.exists()
    ]


def _missing_assets(addons_folders):
    manifests = [
        manifest
        for folder in addons_folders
        for manifest in folder.glob("*/__manifest__.py")
    ]
    addons = {manifest.parent.name: manifest.parent for manifest in manifests}
    return [
        asset
        for manifest in manifests
        for asset in _assets(manifest)
        if asset not in NOT_UPSTREAM_EITHER and not _exists(asset, addons)
    ]


def _assets(manifest):
    """The files that a manifest adds to bundles, without patterns."""
    bundles = ast.literal_eval(manifest.read_text()).get("assets", {})
    for entries in bundles.values():
        for entry in entries:
            if isinstance(entry, str):
                path = entry
            elif entry[0] in ("include", "remove"):
                continue
            else:
                path = entry[-1]
            if "*" not in path and not path.startswith(("http:", "https:", "//")):
                yield path


def _exists(asset, addons):
    name, _slash, path = asset.lstrip("/").partition("/")
    # Bundles of addons that are not part of this Odoo are theirs to check.
    return name not in addons or Path(addons[name], path).exists()
