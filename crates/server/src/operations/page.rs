//! The page of `/docs`: an OpenAPI document as HTML that needs nothing else, no script and no other host.

use std::fmt::Write;

use serde_json::{Map, Value};

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
code,pre{font:14px/1.5 ui-monospace,monospace}h3{border-top:1px solid #8884;padding-top:1rem}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;\
border-bottom:1px solid #8882}.method{display:inline-block;min-width:4rem;text-transform:uppercase;color:#06c}";

/// Methods, in the order in which they are shown.
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

pub(super) fn of(document: &Value) -> String {
    let mut page = Page { html: String::new(), document };
    page.write();
    page.html
}

struct Page<'d> {
    html: String,
    document: &'d Value,
}

/// A text as it stands in HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

impl Page<'_> {
    fn add(&mut self, args: std::fmt::Arguments<'_>) {
        // Writing into a text does not fail.
        let _ = self.html.write_fmt(args);
    }

    fn write(&mut self) {
        let document = self.document;
        let info = &document["info"];
        let (title, about) = (escape(text(info, "title")), escape(text(info, "description")));
        self.add(format_args!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>{title}</title><style>{STYLE}</style><h1>{title} {}</h1><p>{about}</p>\
             <p>The same for programs: <a href=\"/openapi.json\">/openapi.json</a>.</p>",
            escape(text(info, "version"))
        ));
        let empty = Map::new();
        let paths = document["paths"].as_object().unwrap_or(&empty);
        let operations = || {
            let of_path = |(path, item)| METHODS.iter().map(move |method| (path, *method, &(item as &Value)[*method]));
            paths.iter().flat_map(of_path).filter(|(_, _, operation)| operation.is_object())
        };
        let mut tags: Vec<&str> = operations().map(|(.., operation)| tag(operation)).collect();
        tags.sort_unstable();
        tags.dedup();
        for this in tags {
            self.add(format_args!("<h2>{}</h2>", escape(this)));
            for (path, method, operation) in operations().filter(|(.., operation)| tag(operation) == this) {
                self.operation(path, method, operation);
            }
        }
        let schemas = document["components"]["schemas"].as_object().unwrap_or(&empty);
        self.add(format_args!("<h2>Objects</h2>"));
        for (name, schema) in schemas {
            self.schema(name, schema);
        }
    }

    fn operation(&mut self, path: &str, method: &str, operation: &Value) {
        let (path, summary) = (escape(path), escape(text(operation, "summary")));
        self.add(format_args!("<h3><span class=\"method\">{method}</span> <code>{path}</code></h3><p>{summary}</p>"));
        if let Some(more) = operation["description"].as_str() {
            self.add(format_args!("<p>{}</p>", escape(more)));
        }
        if let Some(parameters) = operation["parameters"].as_array().filter(|list| !list.is_empty()) {
            self.add(format_args!("<table><tr><th>parameter<th>in<th>is"));
            for parameter in parameters {
                let required = if parameter["required"] == true { ", required" } else { "" };
                self.add(format_args!(
                    "<tr><td><code>{}</code><td>{}{required}<td>{} {}",
                    escape(text(parameter, "name")),
                    escape(text(parameter, "in")),
                    kind(&parameter["schema"]),
                    escape(text(parameter, "description"))
                ));
            }
            self.add(format_args!("</table>"));
        }
        for (media, body) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            self.add(format_args!("<p>Body: {} <code>{}</code></p>", kind(&body["schema"]), escape(media)));
        }
        self.add(format_args!("<table><tr><th>status<th>means<th>body"));
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            let bodies = response["content"].as_object().into_iter().flatten();
            let bodies: Vec<String> = bodies.map(|(_, body)| kind(&body["schema"])).collect();
            let about = escape(text(response, "description"));
            self.add(format_args!("<tr><td><code>{}</code><td>{about}<td>{}", escape(status), bodies.join(", ")));
        }
        self.add(format_args!("</table>"));
    }

    fn schema(&mut self, name: &str, schema: &Value) {
        let name = escape(name);
        self.add(format_args!(
            "<h3 id=\"{name}\"><code>{name}</code></h3><p>{}</p>",
            escape(text(schema, "description"))
        ));
        let Some(properties) = schema["properties"].as_object() else {
            self.add(format_args!("<p>{}</p>", kind(schema)));
            return;
        };
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        self.add(format_args!("<table><tr><th>field<th>type<th>is"));
        for (field, of_field) in properties {
            let needed = if required.contains(&field.as_str()) { ", required" } else { "" };
            let about = escape(text(of_field, "description"));
            self.add(format_args!("<tr><td><code>{}</code><td>{}{needed}<td>{about}", escape(field), kind(of_field)));
        }
        self.add(format_args!("</table>"));
    }
}

fn tag(operation: &Value) -> &str {
    operation["tags"][0].as_str().unwrap_or("other")
}

/// A schema in a word; one that is described elsewhere as a link.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|link| link.rsplit('/').next()) {
        let name = escape(name);
        return format!("<a href=\"#{name}\"><code>{name}</code></a>");
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> =
            values.iter().map(|value| format!("<code>{}</code>", escape(&value.to_string()))).collect();
        return values.join(" or ");
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(all) = schema[key].as_array() {
            let all: Vec<String> = all.iter().filter(|one| one["type"] != "null").map(kind).collect();
            return all.join(" or ");
        }
    }
    if !schema["items"].is_null() {
        return format!("list of {}", kind(&schema["items"]));
    }
    match &schema["type"] {
        Value::String(kind) => escape(kind),
        Value::Array(kinds) => {
            let kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            kinds.map(escape).collect::<Vec<_>>().join(" or ")
        }
        _ => "anything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page_and_nothing_from_elsewhere() {
        let document = serde_json::to_value(crate::router::described()).unwrap();
        let page = of(&document);
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.len() >= 8, "{:?}", paths.keys());
        for path in paths.keys() {
            assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
        }
        assert!(page.contains("id=\"Evaluation\"") && page.contains("href=\"#Evaluation\""));
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"), "{page}");
    }

    #[test]
    fn texts_do_not_become_markup() {
        let document = serde_json::json!({"info": {"title": "<b>\"&"}, "paths": {"/<x>": {"get": {"summary": "<i>"}}}});
        let page = of(&document);
        assert!(page.contains("&lt;b&gt;&quot;&amp;") && !page.contains("<b>") && !page.contains("<x>"));
    }
}
