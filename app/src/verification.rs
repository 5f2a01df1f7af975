//! What came of asking for a verification file, as label and value. Pure, like [`crate::words`].

use model::{
    http::HttpFailure,
    observation::Resolution,
    verification::{Comparison, FileAnswer, FileBody, FileFacts, Form},
};

use crate::{http, i18n::*, words::connection};

/// A label and its value.
pub type Line = (&'static str, String);

/// What the file should hold, where it was asked for, and what each address answers.
pub fn lines(facts: &FileFacts, locale: Locale) -> Vec<Line> {
    let expected = match &facts.expected {
        Some(content) => bytes(content.as_str().len(), locale),
        None => td_string!(locale, words.verification.not_compared).to_owned(),
    };
    let asked_at = asked_at(&facts.resolution, locale)
        .map(|said| (td_string!(locale, words.verification.asked_at), said.to_owned()));
    let server_name = facts.route.server_name.as_ref().map(|name| {
        let (name, host) = (name.to_string(), facts.target.host.to_string());
        let said = td_string!(locale, words.verification.asked_for, name = name, host = host);
        (td_string!(locale, endpoints.route.sni), said)
    });
    let label = td_string!(locale, words.evidence.answer);
    let answers =
        facts.looks.iter().map(|look| (label, format!("{}  {}", look.address, answered(&look.answer, locale))));
    let left_out = connection::left_out(facts.addresses_left_out, locale).map(|said| ("", said));
    let expected = (td_string!(locale, words.verification.expected), expected);
    [expected].into_iter().chain(asked_at).chain(server_name).chain(answers).chain(left_out).collect()
}

/// Whether it was asked for where WeChat asks; nothing where no name had to be looked up, or none was found.
fn asked_at(resolution: &Resolution, locale: Locale) -> Option<&'static str> {
    match resolution {
        Resolution::Dns { .. } => Some(td_string!(locale, words.verification.at_dns)),
        Resolution::Fixed => Some(td_string!(locale, words.verification.at_fixed)),
        Resolution::Literal | Resolution::Failed { .. } => None,
    }
}

/// An answer in one line.
pub fn answered(answer: &Result<FileAnswer, HttpFailure>, locale: Locale) -> String {
    let FileAnswer { status, location, content_type, content_encoding, body } = match answer {
        Ok(answer) => answer,
        Err(failure) => return http::failed(failure, locale),
    };
    let mut said = vec![http::in_the_clear(*status, location.as_deref())];
    said.extend(content_type.clone());
    let encoded = |encoding: &String| td_string!(locale, words.verification.encoded, encoding = encoding.as_str());
    said.extend(content_encoding.as_ref().map(encoded));
    said.extend(body.iter().flat_map(|body| parts(body, locale)));
    said.join(" · ")
}

/// How much there is, in a word.
pub fn bytes(length: usize, locale: Locale) -> String {
    td_string!(locale, words.verification.bytes, length = length)
}

/// What a body is like: its size, its mark, and what it holds.
fn parts(body: &FileBody, locale: Locale) -> Vec<String> {
    let FileBody { length, goes_on, byte_order_mark, form, compared, .. } = body;
    let size = match goes_on {
        true => td_string!(locale, words.verification.more_than, length = *length),
        false => bytes(*length, locale),
    };
    let mark = byte_order_mark.then(|| td_string!(locale, words.verification.mark).to_owned());
    let of_form = match form {
        Form::Empty => td_string!(locale, words.verification.empty),
        Form::Word => td_string!(locale, words.verification.word),
        Form::Page => td_string!(locale, words.verification.page),
        Form::Other => td_string!(locale, words.verification.neither),
    };
    let content = match (form, compared) {
        (Form::Empty | Form::Page, _) | (_, None) => of_form.to_owned(),
        (_, Some(Comparison::Same)) => td_string!(locale, words.verification.same).to_owned(),
        (_, Some(Comparison::Spaced)) => td_string!(locale, words.verification.spaced).to_owned(),
        (_, Some(Comparison::Other { at })) => td_string!(locale, words.verification.other, at = *at),
    };
    [size].into_iter().chain(mark).chain([content]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{
        endpoints::route::Route,
        verification::{FILE_MOST, FileLook},
    };

    use super::*;

    const WORD: &str = "2ec87af7a5f64b0fb2d7a1b5e5f8e9c3";

    fn served(bytes: impl AsRef<[u8]>) -> Result<FileAnswer, HttpFailure> {
        let body = Some(FileBody::of(bytes.as_ref(), Some(&WORD.parse().unwrap())));
        let (location, content_type, content_encoding) = (None, Some("text/plain".to_owned()), None);
        Ok(FileAnswer { status: 200, location, content_type, content_encoding, body })
    }

    fn moved() -> Result<FileAnswer, HttpFailure> {
        let location = Some("https://a.example/".to_owned());
        Ok(FileAnswer { status: 302, location, content_type: None, content_encoding: None, body: None })
    }

    #[test]
    fn an_answer_is_one_line() {
        for (answer, said) in [
            (served(WORD), "HTTP 200 · text/plain · 32 bytes · exactly what it should hold"),
            (served(format!("{WORD}\n")), "HTTP 200 · text/plain · 33 bytes · the same but for white space around it"),
            (served("2ed"), "HTTP 200 · text/plain · 3 bytes · another content, from byte 3 on"),
            (served("<p>"), "HTTP 200 · text/plain · 3 bytes · a web page"),
            (served(""), "HTTP 200 · text/plain · 0 bytes · nothing in it"),
            (moved(), "HTTP 302 → https://a.example/"),
            (Err(HttpFailure::Timeout), "no answer in time"),
        ] {
            assert_eq!(answered(&answer, Locale::en), said);
        }
        let marked = answered(&served(format!("\u{feff}{WORD}")), Locale::en);
        assert!(marked.contains("begins with a byte order mark · exactly"), "{marked}");
        let large = answered(&served(vec![b'a'; FILE_MOST + 1]), Locale::en);
        assert!(large.contains("more than 16384 bytes"), "{large}");
        let chinese = answered(&served(WORD), Locale::zh_CN);
        assert_eq!(chinese, "HTTP 200 · text/plain · 32 字节 · 与应有内容完全一致");
    }

    #[test]
    fn each_address_has_its_line_and_what_was_not_compared_is_called_so() {
        let look = |number: u8, answer| FileLook { address: [9, 9, 9, number].into(), answer };
        let mut facts = FileFacts {
            target: "www.example.com".parse().unwrap(),
            name: "kH3Bw2VgxW.txt".parse().unwrap(),
            expected: Some(WORD.parse().unwrap()),
            asked_at: "2026-05-01T00:00:00Z".parse().unwrap(),
            resolution: Resolution::Fixed,
            route: Route::default(),
            looks: vec![look(1, moved()), look(2, Err(HttpFailure::Timeout))],
            addresses_left_out: 0,
        };
        assert_eq!(
            lines(&facts, Locale::en),
            [
                ("Should hold", "32 bytes".to_owned()),
                ("Asked at", "fixed addresses; WeChat asks those that DNS gives".to_owned()),
                ("Answer", "9.9.9.1  HTTP 302 → https://a.example/".to_owned()),
                ("Answer", "9.9.9.2  no answer in time".to_owned()),
            ]
        );
        facts.expected = None;
        assert_eq!(lines(&facts, Locale::en)[0].1, "not given, so that only its shape is judged");
        facts.resolution = Resolution::Dns { took_ms: 1 };
        facts.route.server_name = "new.example.com".parse().ok();
        let said = lines(&facts, Locale::en);
        assert_eq!(said[1].1, "the addresses that DNS gives, as WeChat does");
        assert_eq!(said[2], ("SNI name", "new.example.com; WeChat asks for www.example.com".to_owned()));
        facts.resolution = Resolution::Literal;
        assert_eq!(lines(&facts, Locale::en)[1].0, "SNI name");
    }
}
