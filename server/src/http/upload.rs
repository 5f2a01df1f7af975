//! Certificates to be judged, pasted or uploaded: kept as a draft of their author's, and shown by
//! the page that judges them. A private key beside them is dropped before anything is kept.

use app::{
    context::Services,
    preferences::locale_of_request,
    tools::{CERTIFICATE_PATH, FileQuery, Part},
};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Multipart, State, multipart::MultipartError},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use model::{
    accounts::Actor,
    tools::{FILE_MOST, NoCertificates},
};
use probe::{certificate, file};

use super::{
    AppState,
    certificates::pem,
    parts::{self, FORM_MOST},
    statuses::refusal,
};

pub(super) fn router() -> Router<AppState> {
    Router::new().route(CERTIFICATE_PATH, post(keep)).route_layer(DefaultBodyLimit::max(FORM_MOST))
}

async fn keep(
    Extension(actor): Extension<Actor>,
    State(services): State<Services>,
    head: Parts,
    sent: Multipart,
) -> Response {
    let locale = locale_of_request(&head);
    let mut form = Form::default();
    match read(sent, &mut form).await {
        Ok(()) => {}
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => form.file = None,
        Err(error) => return error.into_response(),
    }
    let host = form.host.chars().take(HOST_MOST).collect();
    let mut asked = FileQuery { host, ..FileQuery::default() };
    let text = match form.certificates() {
        Ok(text) => Some(text),
        Err(refused) => {
            asked.problem = Some(refused);
            form.typed()
        }
    };
    if let Some(text) = text {
        match services.drafts.keep(text, &actor).await {
            Ok(draft) => asked.draft = Some(draft),
            Err(error) => return refusal(error, locale),
        }
    }
    Redirect::to(&asked.link()).into_response()
}

/// What was sent; a part that is too large is none.
struct Form {
    host: String,
    text: Option<String>,
    file: Option<Vec<u8>>,
}

impl Default for Form {
    fn default() -> Self {
        Self { host: String::new(), text: Some(String::new()), file: Some(Vec::new()) }
    }
}

impl Form {
    /// What is kept of it: of the file, or where there is none, of the text.
    fn certificates(&self) -> Result<String, (Part, NoCertificates)> {
        let of = |part| move |why| (part, why);
        let file = self.file.as_ref().ok_or(NoCertificates::TooLarge).map_err(of(Part::File))?;
        if !file.is_empty() {
            return text_of(file).map_err(of(Part::File));
        }
        let text = self.text.as_ref().ok_or(NoCertificates::TooLarge);
        text.and_then(|text| more_than_keys(text)).map_err(of(Part::Text))
    }

    /// What was typed beside a file of which nothing is kept, if anything was.
    fn typed(&self) -> Option<String> {
        self.text.as_deref().map(without_keys).filter(|text| !text.trim().is_empty())
    }
}

async fn read(mut sent: Multipart, form: &mut Form) -> Result<(), MultipartError> {
    while let Some(part) = sent.next_field().await? {
        match part.name() {
            Some("host") => form.host = parts::text(part, FILE_MOST).await?.unwrap_or_default(),
            Some("pem") => form.text = parts::text(part, FILE_MOST).await?,
            Some("file") => form.file = parts::bytes(part, FILE_MOST).await?,
            _ => {}
        }
    }
    Ok(())
}

/// The certificates of a file as text. Text is shown as it is, but for keys; of anything else only
/// what can be read as a certificate is kept, for a key is DER of the same kind.
fn text_of(bytes: &[u8]) -> Result<String, NoCertificates> {
    let plain = |text: &&str| !text.contains('\0');
    if let Some(text) = str::from_utf8(bytes).ok().filter(plain) {
        return more_than_keys(text);
    }
    let certificates = file::certificates(bytes)?;
    if certificates.iter().any(|der| certificate::read(der).malformed.is_some()) {
        return Err(NoCertificates::Damaged);
    }
    Ok(certificates.iter().map(|der| pem(der)).collect())
}

/// The text without its private keys, unless there was nothing to judge beside them.
fn more_than_keys(text: &str) -> Result<String, NoCertificates> {
    let kept = without_keys(text);
    let alone = kept.len() < text.len() && file::certificates(kept.as_bytes()) == Err(NoCertificates::Nothing);
    if alone { Err(NoCertificates::KeyAlone) } else { Ok(kept) }
}

/// The text without its private keys. One that does not end goes with all that follows it.
fn without_keys(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut in_key = false;
    for line in text.split_inclusive('\n') {
        let label = |begin: &str| line.trim().strip_prefix(begin)?.strip_suffix("-----");
        let is_key = |label: &str| label.ends_with("PRIVATE KEY");
        in_key |= label("-----BEGIN ").is_some_and(is_key);
        if !in_key {
            kept.push_str(line);
        }
        in_key &= !label("-----END ").is_some_and(is_key);
    }
    if kept.contains("PRIVATE KEY") { String::new() } else { kept }
}

/// Longer than any host name.
const HOST_MOST: usize = 300;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::tools::NoCertificates;

    use super::{Form, Part, more_than_keys, text_of, without_keys};

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

    #[test]
    fn a_private_key_is_dropped_whatever_its_kind() {
        for kind in ["", "RSA ", "EC ", "ENCRYPTED "] {
            let key = format!("-----BEGIN {kind}PRIVATE KEY-----\r\nc2VjcmV0\n-----END {kind}PRIVATE KEY-----\n");
            assert_eq!(without_keys(&format!("{key}{CERTIFICATE}")), CERTIFICATE);
            assert_eq!(without_keys(&format!("{CERTIFICATE}{key}")), CERTIFICATE);
            assert_eq!(without_keys(&key), "");
        }
        assert_eq!(without_keys(&format!("{CERTIFICATE}-----BEGIN PRIVATE KEY-----\nc2VjcmV0")), CERTIFICATE);
        // Nothing is kept of what only looks like a key.
        assert_eq!(without_keys("x -----BEGIN PRIVATE KEY----- c2VjcmV0"), "");
    }

    #[test]
    fn a_key_alone_is_called_so_and_not_kept() {
        let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
        for text in [key, &format!("my notes\n{key}"), "-----BEGIN PRIVATE KEY----- c2VjcmV0", &key[..40]] {
            assert_eq!(more_than_keys(text), Err(NoCertificates::KeyAlone), "{text}");
            assert_eq!(text_of(text.as_bytes()), Err(NoCertificates::KeyAlone), "{text}");
        }
        assert_eq!(more_than_keys(&format!("{key}{CERTIFICATE}")).as_deref(), Ok(CERTIFICATE));
        // What is nothing at all stays, to be mended.
        assert_eq!(more_than_keys("hello").as_deref(), Ok("hello"));
        assert_eq!(more_than_keys("").as_deref(), Ok(""));

        let pasted = Form { text: Some(key.to_owned()), ..Form::default() };
        assert_eq!(pasted.certificates(), Err((Part::Text, NoCertificates::KeyAlone)));
        assert_eq!(pasted.typed(), None);
        let uploaded = Form { file: Some(key.as_bytes().to_vec()), ..Form::default() };
        assert_eq!(uploaded.certificates(), Err((Part::File, NoCertificates::KeyAlone)));
        let too_large = Form { text: None, ..Form::default() };
        assert_eq!(too_large.certificates(), Err((Part::Text, NoCertificates::TooLarge)));
    }

    #[test]
    fn of_der_nothing_but_certificates_is_kept() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        assert_eq!(text_of(certificate.der()), Ok(super::pem(certificate.der())));
        assert_eq!(text_of(&key.serialize_der()), Err(NoCertificates::KeyAlone));
        // Text of two bytes a letter, with a key in it.
        let wide: Vec<u8> = key.serialize_pem().bytes().flat_map(|byte| [byte, 0]).collect();
        assert_eq!(text_of(&wide), Err(NoCertificates::Nothing));
    }
}
