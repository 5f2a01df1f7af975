//! `hufu icp check`: is this the shape of an ICP number?

use app::words;
use clap::Args;
use model::IcpNumber;

use super::{
    each::judge_each,
    exit::{CliError, Exit},
    human::{Block, Label, Style, Tone},
    input,
    output::{IcpLine, json},
    report::Answer,
};

/// Read ICP filing and licence numbers.
///
/// Whether the number has the shape of one, its normalised spelling, its kind and its province.
/// Whether it was ever issued is not looked up.
#[derive(Debug, Args)]
pub(crate) struct IcpCheck {
    /// Numbers such as 京ICP备11041704号-13 or 粤B2-20090059; `-` reads one a line from standard input
    #[arg(required = true, value_name = "NUMBER")]
    numbers: Vec<String>,
    /// Print one JSON object a line: input, valid, normalised, kind, province,
    /// problem
    #[arg(long)]
    json: bool,
}

impl IcpCheck {
    /// Judges every number.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let style = Style::detect();
        judge_each(input::items(self.numbers), "no number to check", |input| {
            let number = input.parse::<IcpNumber>();
            let exit = if number.is_ok() { Exit::Good } else { Exit::Fail };
            let text = if self.json {
                let known = number.as_ref().ok();
                json(&IcpLine {
                    input,
                    valid: known.is_some(),
                    normalised: known.map(IcpNumber::to_string),
                    kind: known.map(|number| number.kind().as_str()),
                    province: known.and_then(IcpNumber::province),
                    problem: number.as_ref().err().map(|error| error.as_str()),
                })
            } else {
                let locale = style.locale;
                match &number {
                    Ok(number) => {
                        let mut block = Block::new(style, input, Tone::Good, Label::Valid.word(locale));
                        let mut fields = vec![
                            (Label::Normalised.word(locale), number.to_string()),
                            (Label::Kind.word(locale), words::icp::kind(number.kind(), locale)),
                        ];
                        let province = number.province().map(|province| province.to_string());
                        fields.extend(province.map(|province| (Label::Province.word(locale), province)));
                        block.fields(&fields);
                        block.text()
                    }
                    Err(error) => {
                        let mut block = Block::new(style, input, Tone::Bad, Label::NotValid.word(locale));
                        let examples = words::join(EXAMPLES.map(ToOwned::to_owned), locale);
                        block.fields(&[
                            (Label::Why.word(locale), words::icp::problem(*error, locale)),
                            (Label::Examples.word(locale), examples),
                        ]);
                        block.text()
                    }
                }
            };
            Answer::said(text, exit)
        })
    }
}

/// A filing and a licence as they are written.
const EXAMPLES: [&str; 2] = ["京ICP备11041704号-13", "粤B2-20090059"];
