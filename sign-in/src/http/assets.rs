//! Style, script and picture of the pages. Their addresses name their content, so a browser keeps them for
//! good and never shows an old one.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::page_errors::Trouble;
use crate::Service;

pub(super) fn router() -> Router<Service> {
    Router::new().route("/assets/{name}", get(asset)).route("/favicon.ico", get(mark))
}

/// The address of an asset of this program.
pub(super) fn address(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/assets/unknown", |asset| &asset.address)
}

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
    address: String,
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        ("page.css", "text/css; charset=utf-8", STYLE),
        ("page.js", "text/javascript; charset=utf-8", include_str!("../../assets/page.js")),
        ("mark.svg", "image/svg+xml", include_str!("../../assets/mark.svg")),
    ]
    .map(|(name, kind, content)| {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let address = format!("/assets/{:016x}-{name}", hasher.finish());
        Asset { name, kind, content, address }
    })
});

const STYLE: &str = concat!(
    // Colours and sizes are the app's own.
    include_str!("../../../ui/src/styles/tokens.css"),
    include_str!("../../assets/components.css"),
    include_str!("../../assets/web.css"),
);

/// Another version's address gets this version's content, which nobody keeps: while nodes are replaced, a page
/// of one may load its style from the other.
async fn asset(Path(name): Path<String>) -> Result<Response, Trouble> {
    let (_, plain) = name.split_once('-').ok_or(Trouble::NotFound)?;
    let asset = ASSETS.iter().find(|asset| asset.name == plain).ok_or(Trouble::NotFound)?;
    let exact = asset.address.strip_prefix("/assets/") == Some(name.as_str());
    Ok(answer(asset, if exact { "public, max-age=31536000, immutable" } else { "no-store" }))
}

async fn mark() -> Response {
    let [.., mark] = &*ASSETS;
    answer(mark, "public, max-age=86400")
}

fn answer(asset: &Asset, keep: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
    ];
    (headers, asset.content).into_response()
}
