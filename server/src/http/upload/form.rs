//! What was sent to be judged or given back, and what of it may be kept.

use std::fmt;

use app::tools::{FETCHED, FileQuery, Part, SHOWN};
use axum::{
    extract::{Multipart, multipart::MultipartError},
    http::StatusCode,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{
    service::DraftId,
    tools::{FILE_MOST, KeyMatch, NoCertificates},
};
use probe::file::{self, Contents, HeldKey, Opening, Password, PrivateKey, Refused};
use zeroize::Zeroizing;

use crate::{
    http::{certificates::pem, parts},
    tools::own,
};

/// What was sent; a part that is too large is none.
pub(super) struct Form {
    host: String,
    fetched: Option<DraftId>,
    shown: Option<DraftId>,
    /// Whether the text is what the page itself had put there.
    is_shown: bool,
    alias: Option<String>,
    password: Option<Password>,
    text: Option<Zeroizing<String>>,
    key: Option<Zeroizing<Vec<u8>>>,
    file: Option<Zeroizing<Vec<u8>>>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            host: String::new(),
            fetched: None,
            shown: None,
            is_shown: false,
            alias: None,
            password: None,
            text: Some(Zeroizing::default()),
            key: Some(Zeroizing::default()),
            file: Some(Zeroizing::default()),
        }
    }
}

/// What may be kept.
#[derive(PartialEq, Eq)]
pub(super) struct Kept {
    /// Without keys.
    pub(super) text: String,
    /// Whether the key that was beside it belongs to it.
    pub(super) key: Option<KeyMatch>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What was wrong, and with which part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) part: Part,
    pub(super) why: NoCertificates,
    /// Between which keys there is to choose.
    pub(super) names: Vec<String>,
}

impl Refusal {
    pub(super) const fn of(part: Part, why: NoCertificates) -> Self {
        Self { part, why, names: Vec::new() }
    }

    fn with_names(part: Part, refused: Refused) -> Self {
        Self { part, why: refused.why, names: refused.names }
    }
}

impl Form {
    /// Reads it to its end.
    pub(super) async fn read(mut sent: Multipart) -> Result<Self, MultipartError> {
        let mut form = Self::default();
        match form.fill(&mut sent).await {
            Ok(()) => {}
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => form.file = None,
            Err(error) => return Err(error),
        }
        Ok(form)
    }

    async fn fill(&mut self, sent: &mut Multipart) -> Result<(), MultipartError> {
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        while let Some(part) = sent.next_field().await? {
            match part.name() {
                Some("host") => self.host = parts::text(part, FILE_MOST).await?.unwrap_or_default(),
                Some(FETCHED) => {
                    let id = parts::text(part, NAME_MOST).await?;
                    self.fetched = id.and_then(|id| id.parse().ok());
                }
                Some(SHOWN) => {
                    let id = parts::text(part, NAME_MOST).await?;
                    self.shown = id.and_then(|id| id.parse().ok());
                }
                Some("alias") => {
                    let alias = said(parts::text(part, NAME_MOST).await?);
                    self.alias = alias.map(|alias| alias.trim().to_owned()).filter(|alias| !alias.is_empty());
                }
                Some("password") => self.password = said(parts::text(part, PASSWORD_MOST).await?).map(Password::new),
                Some("pem") => self.text = parts::text(part, FILE_MOST).await?.map(Zeroizing::new),
                Some("key") => self.key = parts::bytes(part, FILE_MOST).await?.map(Zeroizing::new),
                Some("file") => self.file = parts::bytes(part, FILE_MOST).await?.map(Zeroizing::new),
                _ => {}
            }
        }
        Ok(())
    }

    /// What the page is asked for, whatever comes of the files.
    pub(super) fn asked(&self) -> FileQuery {
        let host = self.host.chars().take(NAME_MOST).collect();
        FileQuery { host, fetched: self.fetched, ..FileQuery::default() }
    }

    /// What was fetched for the certificates of the page that the form stood on.
    pub(super) const fn fetched(&self) -> Option<DraftId> {
        self.fetched
    }

    /// The draft whose text the page of the form showed with its answer.
    pub(super) const fn shown(&self) -> Option<DraftId> {
        self.shown
    }

    /// Told the text of that draft: where it still stands there, nobody has typed it beside a file.
    pub(super) fn compare_shown(&mut self, shown: &str) {
        self.is_shown = self.text.as_ref().is_some_and(|text| text.trim().lines().eq(shown.trim().lines()));
    }

    /// Whether the text is what the page itself had put there.
    pub(super) const fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// The name of the host, as typed.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The name of a key, as typed.
    pub(super) fn alias(&self) -> &str {
        self.alias.as_deref().unwrap_or_default()
    }

    /// Where certificates and key were given.
    pub(super) fn part(&self) -> Part {
        if self.file.as_ref().is_some_and(|file| file.is_empty()) { Part::Text } else { Part::File }
    }

    /// Where the key was given, if any was.
    pub(super) fn part_of_key(&self) -> Part {
        if self.key.as_ref().is_some_and(|key| key.is_empty()) { self.part() } else { Part::Key }
    }

    /// The password, if one was typed.
    pub(super) const fn password(&self) -> Option<&Password> {
        self.password.as_ref()
    }

    /// What is kept of it: of the file, or where there is none, of the text.
    pub(super) fn kept(&self) -> Result<Kept, Refusal> {
        let (part, bytes) = self.given()?;
        let own_key = self.own_key()?;
        let contents = file::read(bytes, &self.opening());
        let text = match plain(bytes) {
            // What cannot be read stays, to be mended; the page says why.
            Some(text) => more_than_keys(text),
            None => contents.as_ref().map_err(|refused| refused.why).and_then(|contents| as_text(bytes, contents)),
        };
        let text = text.map_err(|why| match &contents {
            Err(refused) if refused.why == why => Refusal::with_names(part, refused.clone()),
            _ => Refusal::of(part, why),
        })?;
        let key = contents.ok().and_then(|contents| {
            let own = own(&contents.certificates)?;
            own_key.map(|key| key.matches(own)).or_else(|| contents.key.matches(own))
        });
        Ok(Kept { text, key })
    }

    /// Certificates, all of which can be read, and key. A key in a file of its own stands in for one beside the
    /// certificates.
    pub(super) fn contents(&self) -> Result<Contents, Refusal> {
        let (part, bytes) = self.given()?;
        let own_key = self.own_key()?;
        let read = file::read(bytes, &self.opening());
        let mut contents = read.map_err(|refused| Refusal::with_names(part, refused))?;
        file::readable(bytes, &contents.certificates).map_err(|why| Refusal::of(part, why))?;
        if let Some(key) = own_key {
            contents.key = HeldKey::Open(key);
        }
        Ok(contents)
    }

    /// What was typed beside a file of which nothing is kept, if anything was.
    pub(super) fn typed(&self) -> Option<String> {
        self.text.as_deref().map(|text| without_keys(text)).filter(|text| !text.trim().is_empty())
    }

    fn given(&self) -> Result<(Part, &[u8]), Refusal> {
        match (&self.file, &self.text) {
            (None, _) => Err(Refusal::of(Part::File, NoCertificates::TooLarge)),
            (Some(file), _) if !file.is_empty() && self.has_typed() => {
                Err(Refusal::of(Part::File, NoCertificates::Both))
            }
            (Some(file), _) if !file.is_empty() => Ok((Part::File, file.as_slice())),
            (_, None) => Err(Refusal::of(Part::Text, NoCertificates::TooLarge)),
            (_, Some(text)) => Ok((Part::Text, text.as_bytes())),
        }
    }

    fn has_typed(&self) -> bool {
        !self.is_shown && self.text.as_ref().is_none_or(|text| !text.trim().is_empty())
    }

    fn own_key(&self) -> Result<Option<PrivateKey>, Refusal> {
        let refused = |why| Refusal::of(Part::Key, why);
        let bytes = self.key.as_ref().ok_or(refused(NoCertificates::TooLarge))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        PrivateKey::read(bytes, self.password.as_ref()).map(Some).map_err(refused)
    }

    fn opening(&self) -> Opening<'_> {
        Opening { password: self.password.as_ref(), alias: self.alias.as_deref() }
    }
}

/// A file as text, if it is any.
fn plain(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// Of a file that is no text only what can be read as a certificate is kept, or is larger than any key, for a
/// key is DER of the same kind.
fn as_text(bytes: &[u8], contents: &Contents) -> Result<String, NoCertificates> {
    file::readable(bytes, &contents.certificates)?;
    Ok(contents.certificates.iter().map(|der| pem(der)).collect())
}

/// The text without its private keys, unless there was nothing to judge beside them.
fn more_than_keys(text: &str) -> Result<String, NoCertificates> {
    let kept = without_keys(text);
    let alone = kept.len() < text.len() && file::certificates(kept.as_bytes()) == Err(NoCertificates::Nothing);
    if alone { Err(NoCertificates::KeyAlone) } else { Ok(kept) }
}

/// The text without its private keys.
fn without_keys(text: &str) -> String {
    let kept = without_bare_keys(&without_marked_keys(text));
    if kept.contains("PRIVATE KEY") { String::new() } else { kept }
}

/// The text without what stands between the marks of a key. One that does not end goes with all that
/// follows it.
fn without_marked_keys(text: &str) -> String {
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
    kept
}

/// The text without keys that have no marks, or a certificate's: some platforms hand keys out as bare
/// base64.
fn without_bare_keys(text: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let runs = lines.chunk_by(|one, other| is_base64(one) == is_base64(other));
    runs.filter(|run| !is_bare_key(run)).flatten().copied().collect()
}

fn is_base64(line: &str) -> bool {
    line.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

fn is_bare_key(lines: &[&str]) -> bool {
    let letters = Zeroizing::new(lines.iter().map(|line| line.trim()).collect::<String>());
    let read = STANDARD.decode(letters.as_bytes()).map(Zeroizing::new);
    read.is_ok_and(|bytes| PrivateKey::read(&bytes, None).err() != Some(NoCertificates::NoKey))
}

/// Longer than any name of a host or a key.
const NAME_MOST: usize = 300;

/// As many bytes as the 300 characters that the page takes can have.
const PASSWORD_MOST: usize = 3 * 300;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

    fn pasted(text: &str) -> Form {
        Form { text: Some(text.to_owned().into()), ..Form::default() }
    }

    fn uploaded(bytes: &[u8]) -> Form {
        Form { file: Some(bytes.to_vec().into()), ..Form::default() }
    }

    fn text(form: &Form) -> Result<String, (Part, NoCertificates)> {
        form.kept().map(|kept| kept.text).map_err(|refused| (refused.part, refused.why))
    }

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
    fn a_key_without_its_marks_is_dropped_too() {
        let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let bare: String =
            pem.lines().filter(|line| !line.starts_with('-')).map(|line| format!("{line}\r\n")).collect();
        assert_eq!(text(&pasted(&bare)), Err((Part::Text, NoCertificates::KeyAlone)));
        assert_eq!(pasted(&bare).typed(), None);
        let beside = format!("our key:\n{bare}\n{CERTIFICATE}");
        assert_eq!(text(&pasted(&beside)), Ok(format!("our key:\n{CERTIFICATE}")));
        let mistaken = format!("-----BEGIN CERTIFICATE-----\n{bare}-----END CERTIFICATE-----\n");
        assert_eq!(without_keys(&mistaken), "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
    }

    #[test]
    fn the_key_is_compared_with_the_server_s_own_certificate_wherever_it_stands() {
        let [key, of_authority] = [(); 2].map(|()| rcgen::KeyPair::generate().unwrap());
        let mut authority = rcgen::CertificateParams::default();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = authority.self_signed(&of_authority).unwrap();
        let own = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        let reversed = format!("{}{}{}", authority.pem(), own.pem(), key.serialize_pem());
        assert_eq!(pasted(&reversed).kept().unwrap().key, Some(KeyMatch::Matches));
    }

    #[test]
    fn a_key_alone_is_called_so_and_not_kept() {
        use NoCertificates::{KeyAlone, TooLarge};
        let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
        for alone in [key, &format!("my notes\n{key}"), "-----BEGIN PRIVATE KEY----- c2VjcmV0", &key[..40]] {
            assert_eq!(text(&pasted(alone)), Err((Part::Text, KeyAlone)), "{alone}");
            assert_eq!(text(&uploaded(alone.as_bytes())), Err((Part::File, KeyAlone)), "{alone}");
            assert_eq!(pasted(alone).typed().filter(|kept| kept.contains("c2Vj")), None, "{alone}");
        }
        assert_eq!(text(&pasted(&format!("{key}{CERTIFICATE}"))).as_deref(), Ok(CERTIFICATE));
        // What is nothing at all stays, to be mended.
        assert_eq!(text(&pasted("hello")).as_deref(), Ok("hello"));
        assert_eq!(text(&pasted("")).as_deref(), Ok(""));
        assert_eq!(text(&Form { text: None, ..Form::default() }), Err((Part::Text, TooLarge)));
        assert_eq!(text(&Form { key: None, ..Form::default() }), Err((Part::Key, TooLarge)));
    }

    #[test]
    fn a_file_takes_the_place_of_no_text_but_one_that_has_its_answer() {
        let both = |typed: &str| Form { text: Some(typed.to_owned().into()), ..uploaded(CERTIFICATE.as_bytes()) };
        assert_eq!(text(&both(" \r\n")).as_deref(), Ok(CERTIFICATE));
        for (shown, typed, refused) in [
            (None, "mine", true),
            (Some("mine\nand more\n"), "mine\r\nand more", false),
            (Some("mine"), "mine, changed", true),
        ] {
            let mut form = both(typed);
            if let Some(shown) = shown {
                form.compare_shown(shown);
            }
            let expected = if refused { Err((Part::File, NoCertificates::Both)) } else { Ok(CERTIFICATE.to_owned()) };
            assert_eq!(text(&form), expected, "{typed}");
            assert_eq!(form.contents().is_err_and(|refusal| refusal.why == NoCertificates::Both), refused, "{typed}");
            assert_eq!(form.typed().as_deref(), Some(typed));
        }
        assert_eq!(
            text(&Form { text: None, ..uploaded(CERTIFICATE.as_bytes()) }),
            Err((Part::File, NoCertificates::Both))
        );
    }

    #[test]
    fn of_der_nothing_but_certificates_is_kept() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        assert_eq!(text(&uploaded(certificate.der())), Ok(pem(certificate.der())));
        assert_eq!(text(&uploaded(&key.serialize_der())), Err((Part::File, NoCertificates::KeyAlone)));
        // No certificate, and what is larger than any that is read.
        let damaged = uploaded(&[0x30, 3, 1, 1, 0]);
        assert_eq!(text(&damaged), Err((Part::File, NoCertificates::Damaged)));
        assert_eq!(damaged.contents().err(), Some(Refusal::of(Part::File, NoCertificates::Damaged)));
        let mut large = vec![0x30_u8, 0x83, 2, 0, 0];
        large.resize(5 + 0x2_0000, 0);
        assert_eq!(text(&uploaded(&large)), Ok(pem(&large)));
        assert!(uploaded(&large).contents().is_ok());
        // Text of two bytes a letter, with a key in it.
        let wide: Vec<u8> = key.serialize_pem().bytes().flat_map(|byte| [byte, 0]).collect();
        assert_eq!(text(&uploaded(&wide)), Err((Part::File, NoCertificates::Nothing)));
    }

    #[test]
    fn whether_the_key_belongs_to_the_certificate_is_all_that_stays_of_it() {
        let [key, other] = [(); 2].map(|()| rcgen::KeyPair::generate().unwrap());
        let certificate =
            rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        let both = format!("{}{}", certificate.pem(), key.serialize_pem());
        let kept = pasted(&both).kept().unwrap();
        assert_eq!((kept.text, kept.key), (certificate.pem(), Some(KeyMatch::Matches)));
        // The file of its own goes before.
        let form = Form { key: Some(other.serialize_der().into()), ..pasted(&both) };
        assert_eq!(form.kept().unwrap().key, Some(KeyMatch::Other));
        let form = Form { key: Some(b"hello".to_vec().into()), ..pasted(&both) };
        assert_eq!(form.kept(), Err(Refusal::of(Part::Key, NoCertificates::NoKey)));

        let chain = [certificate.der().clone()];
        let password = Password::new("changeit".to_owned());
        let own = PrivateKey::read(&key.serialize_der(), None).unwrap();
        let store = file::to_jks(&chain, &own, &password, model::Timestamp::UNIX_EPOCH).unwrap();
        let kept = Form { password: Some(password), ..uploaded(&store) }.kept().unwrap();
        assert_eq!((kept.text, kept.key), (pem(certificate.der()), Some(KeyMatch::Matches)));
        let closed = uploaded(&store).kept().unwrap();
        assert_eq!((closed.text, closed.key), (pem(certificate.der()), Some(KeyMatch::Locked)));
    }
}
