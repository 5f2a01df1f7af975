//! The upgrade to WebSocket (RFC 6455 section 4.1), and whether who answers has understood it.

use std::net::IpAddr;

use aws_lc_rs::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    rand,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::{
    HeaderMap, StatusCode,
    header::{
        CONNECTION, HeaderName, REFERER, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
    },
};
use model::http::{Upgrade, referer};

use super::{Wanted, Web};

impl Web<'_> {
    /// What comes of an upgrade at the root; none where it could not be asked for.
    pub(super) async fn upgrade(&self, address: IpAddr) -> Option<Upgrade> {
        let mut random = [0; 16];
        rand::fill(&mut random).ok()?;
        let key = STANDARD.encode(random);
        let request = self
            .get()
            .header(REFERER, referer(self.ask.app_id.as_ref()))
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header(SEC_WEBSOCKET_VERSION, "13")
            .header(SEC_WEBSOCKET_KEY, &key);
        Some(match self.ask_over_tls(address, request, Wanted::Head).await? {
            Ok(answer) if answer.status != StatusCode::SWITCHING_PROTOCOLS => {
                Upgrade::Refused { status: answer.status.as_u16() }
            }
            Ok(answer) if is_understood(&answer.headers, &key) => Upgrade::Switched,
            Ok(_) => Upgrade::Mistaken,
            Err(failure) => Upgrade::Unclear { failure },
        })
    }
}

fn is_understood(headers: &HeaderMap, key: &str) -> bool {
    let has = |name: HeaderName, wanted: &str| {
        headers.get_all(name).iter().any(|value| {
            let value = String::from_utf8_lossy(value.as_bytes());
            value.split(',').any(|word| word.trim().eq_ignore_ascii_case(wanted))
        })
    };
    let accept = headers.get(SEC_WEBSOCKET_ACCEPT).map(|value| value.as_bytes().trim_ascii());
    has(UPGRADE, "websocket") && has(CONNECTION, "upgrade") && accept == Some(accept_of(key).as_bytes())
}

/// What belongs to a key: no secret, and SHA-1 no weakness here.
fn accept_of(key: &str) -> String {
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{ALWAYS}").as_bytes()))
}

/// RFC 6455 section 1.3.
const ALWAYS: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_key_of_the_standard_has_the_answer_of_the_standard() {
        assert_eq!(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn every_header_of_the_answer_counts() {
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        let accept = accept_of(key);
        for (upgrade, connection, accept, understood) in [
            ("websocket", "Upgrade", accept.as_str(), true),
            ("WebSocket", "keep-alive, upgrade", accept.as_str(), true),
            ("h2c", "Upgrade", accept.as_str(), false),
            ("websocket", "close", accept.as_str(), false),
            ("websocket", "Upgrade", key, false),
            ("websocket", "Upgrade", "", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(UPGRADE, upgrade.parse().unwrap());
            headers.insert(CONNECTION, connection.parse().unwrap());
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept.parse().unwrap());
            assert_eq!(is_understood(&headers, key), understood, "{upgrade} {connection} {accept}");
            headers.remove(SEC_WEBSOCKET_ACCEPT);
            assert!(!is_understood(&headers, key));
        }
    }
}
