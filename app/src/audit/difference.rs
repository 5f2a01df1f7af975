//! What differs between an object before and after, field by field. Pure: the words are elsewhere.

use std::collections::BTreeMap;

use serde_json::Value;

/// Fields that differ, and how many do not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// In the order of their names.
    pub changes: Vec<Change>,
    /// How many fields are the same.
    pub same: usize,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its name; of a field within another, such as `platforms.ios`.
    pub field: String,
    /// Its value before, if it had any.
    pub before: Option<Value>,
    /// Its value after, if it has any.
    pub after: Option<Value>,
}

/// What differs between two objects, as JSON.
pub fn difference(before: Option<&str>, after: Option<&str>) -> Difference {
    let mut fields: BTreeMap<String, (Option<Value>, Option<Value>)> = BTreeMap::new();
    for (name, value) in fields_of(before) {
        fields.entry(name).or_default().0 = Some(value);
    }
    for (name, value) in fields_of(after) {
        fields.entry(name).or_default().1 = Some(value);
    }
    let mut difference = Difference::default();
    for (field, (before, after)) in fields {
        if before == after {
            difference.same += 1;
        } else {
            difference.changes.push(Change { field, before, after });
        }
    }
    difference
}

/// Every field that has a value; null is none.
fn fields_of(object: Option<&str>) -> Vec<(String, Value)> {
    let mut fields = Vec::new();
    if let Some(text) = object {
        // What is not JSON is still shown.
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        collect(String::new(), value, &mut fields);
    }
    fields
}

fn collect(name: String, value: Value, fields: &mut Vec<(String, Value)>) {
    match value {
        Value::Null => {}
        // Told in words of its own.
        error @ Value::Object(_) if name == "error" => fields.push((name, error)),
        Value::Object(members) => {
            for (member, value) in members {
                let path = if name.is_empty() { member } else { format!("{name}.{member}") };
                collect(path, value, fields);
            }
        }
        value => fields.push((name, value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: Option<&str>, after: Option<&str>) -> Vec<(String, Value, Value)> {
        let changes = difference(before, after).changes.into_iter();
        changes.map(|it| (it.field, it.before.unwrap_or_default(), it.after.unwrap_or_default())).collect()
    }

    #[test]
    fn only_fields_that_differ_are_told_and_the_others_counted() {
        let before = r#"{"app_id":"wx1","name":"Shop","per_list":20,"skip_check":false}"#;
        let after = r#"{"app_id":"wx1","name":"Other","per_list":40,"skip_check":false}"#;
        assert_eq!(
            told(Some(before), Some(after)),
            [("name".to_owned(), json!("Shop"), json!("Other")), ("per_list".to_owned(), json!(20), json!(40)),]
        );
        assert_eq!(difference(Some(before), Some(after)).same, 2);
        assert_eq!(difference(Some(before), Some(before)), Difference { changes: vec![], same: 4 });
    }

    #[test]
    fn what_is_made_has_no_before_and_what_is_removed_no_after() {
        let object = r#"{"api":"request","entry":"https://a.example"}"#;
        let (api, entry) = (json!("request"), json!("https://a.example"));
        let (none, names) = (Value::Null, ["api", "entry"].map(str::to_owned));
        let made = [(names[0].clone(), none.clone(), api.clone()), (names[1].clone(), none.clone(), entry.clone())];
        assert_eq!(told(None, Some(object)), made);
        assert_eq!(told(Some(object), None), [(names[0].clone(), api, none.clone()), (names[1].clone(), entry, none)]);
        assert_eq!(difference(None, None), Difference::default());
    }

    #[test]
    fn fields_within_fields_have_a_path_and_null_is_no_value() {
        let before = r#"{"verdict":"unknown","platforms":{"ios":"unknown","android":"pass"}}"#;
        let after = r#"{"verdict":"fail","platforms":{"ios":"fail","android":"pass"},"number":null}"#;
        assert_eq!(
            told(Some(before), Some(after)),
            [
                ("platforms.ios".to_owned(), json!("unknown"), json!("fail")),
                ("verdict".to_owned(), json!("unknown"), json!("fail")),
            ]
        );
    }

    #[test]
    fn lists_are_compared_whole_and_what_is_no_object_is_shown_as_it_is() {
        assert_eq!(told(Some(r#"{"a":[1,2]}"#), Some(r#"{"a":[1]}"#)), [("a".to_owned(), json!([1, 2]), json!([1]))]);
        assert_eq!(told(Some("{broken"), Some("[1]")), [(String::new(), json!("{broken"), json!([1]))]);
    }
}
