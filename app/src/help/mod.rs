//! What each finding is, how to see it, and how to fix it on each kind of server. The words stay on
//! the server, and a page is sent its own: the wasm holds none of them.

pub mod api;
#[cfg(feature = "ssr")]
mod content;
pub mod index;
pub mod page;

use model::Code;

#[cfg(feature = "ssr")]
pub(crate) use self::content::{beginning_with, titled};

/// The list of all findings.
pub const PATH: &str = "/help/findings";

/// The page of a finding. With `host`, a name and perhaps a port, its commands ask that server.
pub fn page_of(code: Code, host: Option<&str>) -> String {
    crate::query::link(&format!("{PATH}/{code}"), [("host", host.map(str::to_owned))])
}

#[cfg(test)]
mod tests {
    use super::page_of;
    use model::Code;

    #[test]
    fn a_page_has_the_code_as_its_address_and_the_server_in_its_query() {
        assert_eq!(page_of(Code::ChainIncomplete, None), "/help/findings/chain.incomplete");
        let of_server = page_of(Code::ChainIncomplete, Some("api.example.com:8443"));
        assert_eq!(of_server, "/help/findings/chain.incomplete?host=api.example.com%3A8443");
    }
}
