//! The browser's half: embedded in a release build, read from `target/site` in a debug build.
//!
//! One hash over all of it names the directory in the URL, so that everything below may be cached
//! for ever and a new build is a new URL.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use app::context::Assets as Urls;
use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::{Embed, EmbeddedFile};
use sha2::{Digest, Sha256};

use crate::cli::watched;

#[derive(Embed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// What the site directory held when the server started.
pub(super) struct Assets {
    base: Arc<str>,
    wasm: &'static str,
    groups: Option<Arc<HashMap<String, Vec<String>>>>,
}

impl Assets {
    /// Hashes the site.
    pub(super) fn load() -> Self {
        let mut names: Vec<_> = Site::iter().filter(|name| name.starts_with("pkg/")).collect();
        names.sort();
        let mut hasher = Sha256::new();
        for file in names.iter().filter_map(|name| Site::get(name)) {
            hasher.update(&file.data);
        }
        let hash = hex::encode(&hasher.finalize()[..8]);
        // cargo-leptos names the module without the suffix that wasm-bindgen gives it.
        let wasm = if Site::get("pkg/hufu.wasm").is_some() { "hufu.wasm" } else { "hufu_bg.wasm" };
        // cargo-leptos finds the style sheet that it changes under this address.
        let base: Arc<str> = if watched() { WATCHED.into() } else { format!("/pkg/{hash}").into() };
        if names.is_empty() {
            tracing::warn!("the browser's half is not built: pages work, but only as plain HTML");
        }
        let groups = Site::get("pkg/groups.json").and_then(|file| serde_json::from_slice(&file.data).ok());
        Self { base, wasm, groups: groups.map(Arc::new) }
    }

    pub(super) fn urls(&self) -> Urls {
        Urls { base: self.base.clone(), wasm: self.wasm, groups: self.groups.clone() }
    }
}

pub(super) fn router<S: Clone + Send + Sync + 'static>(assets: Arc<Assets>) -> Router<S> {
    let hashed = move |Path((hash, name)): Path<(String, String)>, headers: HeaderMap| async move {
        // The router has decoded %2F, by which a name could lead elsewhere.
        if assets.base.strip_prefix("/pkg/") == Some(hash.as_str()) && !name.contains('/') {
            file(&format!("pkg/{name}"), &headers, "public, max-age=31536000, immutable")
        } else {
            StatusCode::NOT_FOUND.into_response()
        }
    };
    let current = |Path(name): Path<String>, headers: HeaderMap| async move {
        if watched() && !name.contains('/') {
            file(&format!("pkg/{name}"), &headers, "no-cache")
        } else {
            StatusCode::NOT_FOUND.into_response()
        }
    };
    Router::new()
        .route("/pkg/{hash}/{name}", get(hashed))
        .route("/pkg/{name}", get(current))
        .route(
            "/favicon.svg",
            get(|headers: HeaderMap| async move { file("favicon.svg", &headers, "public, max-age=86400") }),
        )
        .route(
            "/robots.txt",
            get(|headers: HeaderMap| async move { file("robots.txt", &headers, "public, max-age=86400") }),
        )
}

/// Where the site is while cargo-leptos changes it: always as it is now.
const WATCHED: &str = "/pkg";

fn file(name: &str, request: &HeaderMap, cache: &'static str) -> Response {
    let Some((file, encoding)) = best_encoding(name, request) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let body: Cow<'static, [u8]> = file.data;
    let mut response = body.into_response();
    let headers = response.headers_mut();
    let kind = mime_guess::from_path(name).first_raw().unwrap_or("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static(cache));
    headers.insert(header::VARY, header::HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static(encoding));
    }
    response
}

/// The file as the release build compressed it, if the browser can read that, else as it is.
fn best_encoding(name: &str, request: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, suffix)| Some((Site::get(&format!("{name}{suffix}"))?, Some(encoding))))
        .or_else(|| Some((Site::get(name)?, None)))
}

/// Whether `Accept-Encoding` names the encoding and does not refuse it by a weight of nought
/// (RFC 9110 section 12.5.3).
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|token| {
        let (name, weight) = token.split_once(';').unwrap_or((token, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(1.0_f32);
        name.trim().eq_ignore_ascii_case(encoding) && weight > 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::accepts;

    #[test]
    fn an_encoding_is_sent_to_whoever_names_it_and_does_not_refuse_it() {
        for (header, brotli, gzip) in [
            ("gzip, deflate, br, zstd", true, true),
            ("gzip;q=1.0, br;q=0", false, true),
            ("br;q=0.000,GZIP ; q=0.5", false, true),
            ("identity", false, false),
            ("brotli, x-gzip", false, false),
            ("", false, false),
        ] {
            assert_eq!((accepts(header, "br"), accepts(header, "gzip")), (brotli, gzip), "{header}");
        }
    }
}
