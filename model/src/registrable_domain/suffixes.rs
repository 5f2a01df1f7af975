//! The ICANN section of the Public Suffix List as a table (<https://publicsuffix.org/list/>), small
//! enough for the browser. `model/tests/suffixes.rs` writes it and holds it against the crate `psl`.

use std::cmp::Ordering;

/// How many labels at the end of `name`, an A-label name, are a public suffix.
pub(super) fn labels(name: &str) -> usize {
    let Some((below, top)) = name.rsplit_once('.') else { return 1 };
    let mut longest = 0;
    for rule in rules_below(top).split(' ') {
        // An exception wins over everything, and its own first label is not of the suffix.
        if let Some(exception) = rule.strip_prefix('!') {
            if ends_with(below, exception) {
                return exception.split('.').count();
            }
        } else if let Some(parent) = rule.strip_prefix('*') {
            let parent = parent.trim_start_matches('.');
            if is_below(below, parent) {
                longest = longest.max(rule.split('.').count());
            }
        } else if ends_with(below, rule) {
            longest = longest.max(rule.split('.').count());
        }
    }
    1 + longest
}

/// The rest of the line that begins with `top`. The lines are in the order of their first words.
fn rules_below(top: &str) -> &'static str {
    let mut lines = TABLE;
    while !lines.is_empty() {
        let (before, after) = lines.split_at(lines.len() / 2);
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let length = after.find('\n').map_or(after.len(), |at| at + 1);
        let (earlier, rest) = lines.split_at(begin);
        let (line, later) = rest.split_at(before.len() - begin + length);
        let (first, rules) = line.trim_end().split_once(' ').unwrap_or((line, ""));
        match top.cmp(first) {
            Ordering::Less => lines = earlier,
            Ordering::Equal => return rules,
            Ordering::Greater => lines = later,
        }
    }
    ""
}

/// Whether `name` is `parent` or a name below it. The empty name is nothing's.
fn ends_with(name: &str, parent: &str) -> bool {
    !parent.is_empty() && name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether `name` has a label more than `parent`, or any where that is empty.
fn is_below(name: &str, parent: &str) -> bool {
    parent.is_empty() || name.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

/// A line for each top-level domain that has rules beyond itself: the domain, then its rules without
/// it. What has no line is a public suffix of one label, as the list's default rule has it.
const TABLE: &str = include_str!("suffixes.txt");
