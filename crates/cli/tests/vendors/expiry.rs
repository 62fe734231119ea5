//! A grant made through Quick BI ends with its last day. The clock is a file: nobody sleeps.

use std::path::Path;

use grantrie_testkit::Scratch;
use serde_json::json;

use super::{Running, serve_with};

const CLOCK: &str = "[development]\nclock_file = \"now\"\n";

fn at(scratch: &Path, now: &str) {
    // Whole or not at all: the server may read it meanwhile.
    std::fs::write(scratch.join("now.new"), now).unwrap();
    std::fs::rename(scratch.join("now.new"), scratch.join("now")).unwrap();
}

fn serve_at(now: &'static str, zone: &str) -> Running {
    let tables = |scratch: &Scratch| {
        at(scratch.path(), now);
        CLOCK
    };
    serve_with(&json!({}), &format!("time_zone = \"{zone}\""), tables, vec!["--development"])
}

#[test]
fn a_grant_holds_before_and_on_its_last_day_and_not_after_it() {
    for (zone, now, last_second, after) in [
        ("Asia/Shanghai", "2026-11-22T04:00:00Z", "2026-11-25T15:59:59.999999Z", "2026-11-25T16:00:00Z"),
        ("UTC", "2026-11-22T04:00:00Z", "2026-11-25T23:59:59.999999Z", "2026-11-26T00:00:00Z"),
        // A day of 23 hours before it, and the first of summer time after.
        ("America/New_York", "2026-11-22T12:00:00Z", "2026-11-26T04:59:59.999999Z", "2026-11-26T05:00:00Z"),
    ] {
        let mut running = serve_at(now, zone);
        let grant = json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": "c1", "expire_day": "2026-11-25"});
        let mut clients = running.clients();
        assert_eq!(clients.call("quickbi", "smartq_authorize", grant)["Success"], true);
        let mut says = |running: &mut Running, instant: &str, held: bool| {
            at(running.scratch.path(), instant);
            assert_eq!(running.may("u1", "QUERY", "quickbi:llmcube:c1"), held, "{zone} {instant}");
            let holdings =
                clients.call("quickbi", "query_llm_cube_with_theme_list_by_user_id", json!({"user_id": "u1"}));
            assert_eq!(holdings["Result"]["CubeIds"].get("c1").is_some(), held, "{zone} {instant}");
        };
        says(&mut running, now, true);
        says(&mut running, "2026-11-24T12:00:00Z", true);
        says(&mut running, last_second, true);
        says(&mut running, after, false);
        says(&mut running, "2027-01-01T00:00:00Z", false);
        at(running.scratch.path(), last_second);
        running.restart();
        assert!(running.may("u1", "QUERY", "quickbi:llmcube:c1"), "{zone}: after a restart on the last day");
        at(running.scratch.path(), after);
        assert!(!running.may("u1", "QUERY", "quickbi:llmcube:c1"), "{zone}");
    }
}

#[test]
fn a_repeated_add_moves_the_last_day_either_way_and_a_restart_keeps_it() {
    let mut running = serve_at("2026-11-22T04:00:00Z", "UTC");
    let grant = |day: &str| json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": "c1", "llm_cube_themes": "t1", "expire_day": day});
    // Each is added when the one before still holds: what holds afterwards ends with its own day, not with the other's.
    for (day, last_second, after) in [
        ("2026-11-25", "2026-11-25T23:59:59Z", "2026-11-26T00:00:00Z"),
        ("2026-12-25", "2026-12-25T23:59:59Z", "2026-12-26T00:00:00Z"),
        ("2026-11-23", "2026-11-23T23:59:59Z", "2026-11-24T00:00:00Z"),
    ] {
        at(running.scratch.path(), "2026-11-22T04:00:00Z");
        let mut clients = running.clients();
        for client in ["quickbi", "quickbi_v2", "quickbi_before"] {
            assert_eq!(clients.call(client, "smartq_authorize", grant(day))["Result"], json!([]), "{client}");
        }
        for _ in 0..2 {
            for (now, held) in [(last_second, true), (after, false)] {
                at(running.scratch.path(), now);
                for irn in ["quickbi:llmcube:c1", "quickbi:llmcubetheme:t1"] {
                    assert_eq!(running.may("u1", "QUERY", irn), held, "{irn}, granted to {day}, at {now}");
                }
            }
            running.restart();
        }
    }
}

#[test]
fn without_a_day_it_is_seven_days_on() {
    let running = serve_at("2026-11-22T04:00:00Z", "Asia/Shanghai");
    let mut clients = running.clients();
    clients.call(
        "quickbi_before",
        "smartq_authorize",
        json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": "c1"}),
    );
    for (now, held) in [("2026-11-29T15:59:59Z", true), ("2026-11-29T16:00:00Z", false)] {
        at(running.scratch.path(), now);
        assert_eq!(running.may("u1", "QUERY", "quickbi:llmcube:c1"), held, "{now}");
    }
}

#[test]
fn today_is_a_last_day_and_yesterday_is_none() {
    // In Shanghai the 22nd has begun.
    let running = serve_at("2026-11-21T16:00:00Z", "Asia/Shanghai");
    let mut clients = running.clients();
    let grant = |day: &str| json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": "c1", "expire_day": day});
    for (day, code) in [
        ("2026-11-21", "Share.ExpireDate.Error"),
        ("2026-08-24", "Share.ExpireDate.Error"),
        ("2026-08-23", "Date.Exceed.Error"),
    ] {
        assert_eq!(clients.fails("quickbi", "smartq_authorize", grant(day))["code"], code, "{day}");
    }
    assert_eq!(clients.call("quickbi", "smartq_authorize", grant("2026-11-22"))["Success"], true);
    assert!(running.may("u1", "QUERY", "quickbi:llmcube:c1"));
    // A repeated add begins and ends anew.
    at(running.scratch.path(), "2026-11-22T15:00:00Z");
    clients.call("quickbi", "smartq_authorize", grant("2026-11-30"));
    at(running.scratch.path(), "2026-11-30T15:00:00Z");
    assert!(running.may("u1", "QUERY", "quickbi:llmcube:c1"));
    // An ended grant is not transferred.
    at(running.scratch.path(), "2026-11-30T16:00:00Z");
    clients.call("quickbi", "smartq_auth_transfer", json!({"origin_user_id": "u1", "target_user_ids": "u2"}));
    let revision = running.revision();
    clients.call("quickbi", "smartq_auth_transfer", json!({"origin_user_id": "u1", "target_user_ids": "u3"}));
    assert_eq!(running.revision(), revision);
}
