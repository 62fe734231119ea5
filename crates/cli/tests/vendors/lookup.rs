//! The two lookups, and every parameter of a GET.

use serde_json::{Value, json};

use super::clients::Clients;
use super::{Running, permission, serve};

const ID: &str = "itemsvc:nameduseritem:5a0c1f159053657b40f49897";
const ALL_ITEMS: &str = "itemsvc:nameduseritem:*";
const ALL: &str = "*:*:*";

/// irn1, irn2 and irn3 of the documents, stored through the API.
fn stored() -> (Running, Clients) {
    let running = serve(&json!({}), "");
    let mut clients = running.clients();
    let items: Vec<Value> = [ALL_ITEMS, ID, ALL].map(|irn| permission("ann", irn, &["READ"])).into();
    let answer = clients.call("itemsvc", "put", json!({"permissions": items}));
    assert_eq!(answer["_success"].as_array().unwrap().len(), 3, "{answer}");
    (running, clients)
}

fn irns(answer: &Value) -> Vec<String> {
    let item = |item: &Value| item["_resourceDesc"]["_irn"].as_str().unwrap().to_owned();
    answer["_list"].as_array().unwrap().iter().map(item).collect()
}

#[test]
fn both_tables_come_out_exactly_in_every_encoding() {
    let (_running, mut clients) = stored();
    let (irn1, irn2, irn3) = (ALL_ITEMS, ID, ALL);
    for (asked, by_irn, by_pattern) in [
        (ALL_ITEMS, vec![irn1, irn3], vec![irn1, irn2]),
        (ID, vec![irn1, irn2, irn3], vec![irn2]),
        (ALL, vec![irn3], vec![irn1, irn2, irn3]),
    ] {
        for (pattern, expected) in [(false, by_irn), (true, by_pattern)] {
            // Python encodes `:` and `*`, JavaScript only `:`, the documents show both raw; or every byte is encoded.
            for encode in ["python", "javascript", "raw", "all"] {
                let mut query = json!({"namespace": "acme", "irn": asked});
                if encode != "python" {
                    query["encode"] = json!(encode);
                }
                if pattern {
                    query["patternmatch"] = json!(true);
                }
                let answer = clients.call("itemsvc", "get", query);
                let mut found = irns(&answer);
                let (mut expected, total) = (expected.clone(), expected.len());
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected, "{asked} patternmatch={pattern} {encode}");
                assert_eq!((&answer["_total"], &answer["_pageSize"]), (&json!(total), &json!(total)));
                assert_eq!((&answer["_offset"], &answer["_includeTotal"]), (&json!(0), &json!(true)));
            }
        }
    }
}

#[test]
fn the_vendors_browser_test_is_answered() {
    let (running, _clients) = stored();
    let target =
        "/graphicssvc/api/v1/permissions?_namespace=acme&patternmatch=true&_resourceDesc._irn=*%3A*%3A*&nsfilter=acme";
    let answer = running.trusted().get(target);
    assert_eq!((answer.status, answer.json()["_total"].as_u64()), (200, Some(3)), "{}", answer.text());
    let elsewhere = running.trusted().get(&target.replace("nsfilter=acme", "nsfilter=other"));
    assert_eq!((elsewhere.status, elsewhere.json()["_total"].as_u64()), (200, Some(0)), "a filter only narrows");
}

#[test]
fn pages_are_stable_and_counted() {
    let (_running, mut clients) = stored();
    let mut page = |more: Value| {
        let mut query = json!({"namespace": "acme", "irn": ALL, "patternmatch": true});
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        clients.call("itemsvc", "get", query)
    };
    let all = irns(&page(json!({})));
    assert_eq!(all.len(), 3);
    for (offset, size) in [(0, 1), (1, 1), (1, 5), (2, 2), (3, 1), (0, 3)] {
        let expected: Vec<_> = all.iter().skip(offset).take(size).cloned().collect();
        let plain = page(json!({"offset": offset, "page_size": size}));
        let as_json = page(json!({"page": {"_offset": offset, "_pageSize": size}}));
        for answer in [plain, as_json] {
            assert_eq!(irns(&answer), expected, "{offset} {size}");
            assert_eq!((&answer["_total"], &answer["_offset"]), (&json!(3), &json!(offset)));
            assert_eq!(answer["_pageSize"], json!(expected.len()));
        }
    }
    let count = page(json!({"page_size": 0}));
    assert_eq!((irns(&count).len(), &count["_total"]), (0, &json!(3)), "only the count");
}

#[test]
fn users_actions_criteria_and_namespaces_narrow() {
    let running = serve(&json!({}), "");
    let mut clients = running.clients();
    let mut items = vec![
        permission("ann", "aisvc:agent:*", &["READ", "EDIT"]),
        permission("bob", "aisvc:agent:*", &["READ"]),
        permission("bob", "aisvc:tool:*", &["*"]),
    ];
    items[1]["_resourceDesc"]["_criteria"] = json!({"_userType": "iput_cde_admin", "level": 3, "open": true});
    items[2]["_namespace"] = json!("second");
    let mut group = permission("staff", "aisvc:agent:7", &["READ"]);
    group["_user"]["_type"] = json!("usergroup");
    items.push(group);
    let put = clients.call("permissions", "put", json!({"permissions": items}));
    assert_eq!(put["_success"].as_array().unwrap().len(), 4, "{put}");
    let mut found = |more: Value| {
        let mut query = json!({"namespace": "acme", "irn": ALL, "patternmatch": true});
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = clients.call("permissions", "get", query);
        let item = |item: &Value| {
            let (user, irn) = (&item["_user"]["_id"], &item["_resourceDesc"]["_irn"]);
            format!("{} {}", user.as_str().unwrap(), irn.as_str().unwrap())
        };
        let mut items: Vec<String> = answer["_list"].as_array().unwrap().iter().map(item).collect();
        items.sort_unstable();
        items.join(", ")
    };
    let (ann, bob, staff) = ("ann aisvc:agent:*", "bob aisvc:agent:*", "staff aisvc:agent:7");
    assert_eq!(found(json!({})), format!("{ann}, {bob}, {staff}"));
    assert_eq!(
        found(json!({"namespace": ["acme", "second"], "user_type": "user", "user_id": "bob"})),
        format!("{bob}, bob aisvc:tool:*")
    );
    assert_eq!(found(json!({"user_type": "user", "user_id": "*"})), format!("{ann}, {bob}"));
    assert_eq!(found(json!({"user_type": "usergroup"})), staff, "all of the kind, for a trusted caller");
    assert_eq!(found(json!({"user_type": "permprofile"})), "");
    assert_eq!(found(json!({"actions": "READ"})), format!("{ann}, {bob}, {staff}"));
    for actions in [json!("READ,EDIT"), json!(["READ", "EDIT"]), json!("[\"READ\",\"EDIT\"]")] {
        assert_eq!(found(json!({"actions": actions})), ann, "holds all of them");
    }
    assert_eq!(found(json!({"namespace": "second", "actions": "READ"})), "bob aisvc:tool:*", "`*` holds all");
    assert_eq!(found(json!({"namespace": "second", "actions": "*"})), "bob aisvc:tool:*");
    assert_eq!(found(json!({"actions": "*"})), "");
    assert_eq!(found(json!({"criteria": {"_userType": "iput_cde_admin"}})), bob);
    assert_eq!(found(json!({"criteria": {"_userType": "iput_cde_admin", "level": 3, "open": true}})), bob);
    assert_eq!(found(json!({"criteria": {"_userType": "iput_cde_admin", "level": 4}})), "", "all must be so");
    assert_eq!(found(json!({"criteria": {"other": "x"}})), "");
    assert_eq!(found(json!({"criteria": {"_userType": null}})), format!("{ann}, {staff}"), "without criteria");
}

#[test]
fn files_say_their_name_at_the_top_too() {
    let running = serve(&json!({"permissions": [permission("ann", "filesvc:file:7", &["READ"])]}), "");
    let answer = running.clients().call("filesvc", "get", json!({"namespace": "acme", "irn": "filesvc:file:7"}));
    let item = &answer["_list"][0];
    assert_eq!((&item["_irn"], &item["_resourceDesc"]["_irn"]), (&json!("filesvc:file:7"), &json!("filesvc:file:7")));
}

#[test]
fn what_is_missing_twice_or_unknown_is_400() {
    let (running, _clients) = stored();
    let mut client = running.trusted();
    let base = "/aisvc/api/v1/permissions?_namespace=acme&_resourceDesc._irn=*:*:*";
    assert_eq!(client.get(base).status, 200);
    for (target, field) in [
        ("/aisvc/api/v1/permissions?_resourceDesc._irn=*:*:*".to_owned(), "_namespace"),
        ("/aisvc/api/v1/permissions?_namespace=&_resourceDesc._irn=*:*:*".to_owned(), "_namespace"),
        ("/aisvc/api/v1/permissions?_namespace=acme".to_owned(), "_resourceDesc._irn"),
        (format!("{base}&_resourceDesc._irn=*:*:*"), "_resourceDesc._irn"),
        (format!("{base}&_resourceDesc%2e_irn=a:b:c"), "_resourceDesc._irn"),
        ("/aisvc/api/v1/permissions?_namespace=acme&_resourceDesc._irn=aisvc:agent".to_owned(), "_resourceDesc._irn"),
        (
            "/aisvc/api/v1/permissions?_namespace=acme&_resourceDesc._irn=aisvc:agent:eu:7".to_owned(),
            "_resourceDesc._irn",
        ),
        ("/aisvc/api/v1/permissions?_namespace=acme&_resourceDesc._irn=aisvc:**".to_owned(), "_resourceDesc._irn"),
        ("/aisvc/api/v1/permissions?_namespace=acme&_resourceDesc._irn=".to_owned(), "_resourceDesc._irn"),
        (format!("{base}&_user._id=ann"), "_user._type"),
        (format!("{base}&_user._type=robot"), "_user._type"),
        (format!("{base}&_user._type=user&_user._id="), "_user._id"),
        (format!("{base}&_user._type=user&_user._type=user"), "_user._type"),
        (format!("{base}&patternmatch=yes"), "patternmatch"),
        (format!("{base}&_offset=-1"), "_offset"),
        (format!("{base}&_pageSize=ten"), "_pageSize"),
        (format!("{base}&_pageSize=99999999999999999999999"), "_pageSize"),
        (format!("{base}&page=%7B%7D%7B"), "page"),
        (format!("{base}&page=7"), "page"),
        (format!("{base}&page=%7B%22_size%22:1%7D"), "page"),
        (format!("{base}&_offset=1&page=%7B%22_offset%22:1%7D"), "_offset"),
        (format!("{base}&_actions=read"), "_actions"),
        (format!("{base}&_actions="), "_actions"),
        (format!("{base}&_resourceDesc._criteria.=x"), "_resourceDesc._criteria."),
        (format!("{base}&_resourceDesc._criteria.a=x&_resourceDesc._criteria.a=y"), "_resourceDesc._criteria.a"),
        (format!("{base}&union=true"), "union"),
        (format!("{base}&x=%zz"), "query"),
        (format!("{base}&x=%ff"), "query"),
        (format!("{base}{}", "&_namespace=a".repeat(300)), "query"),
    ] {
        let answer = client.get(&target);
        assert_eq!(answer.status, 400, "{target}: {}", answer.text());
        let said = answer.json();
        assert_eq!((&said["_status"], &said["_error"]["field"]), (&json!(400), &json!(field)), "{target}: {said}");
        assert!(said["_error"]["message"].is_string() && said["_error"]["code"].is_string(), "{said}");
    }
}
