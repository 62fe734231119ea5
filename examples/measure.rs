//! scratch
use grantrie::*;
use grantrie_testkit::workload::Workload;
use std::time::Instant;
fn rss() -> usize {
    std::fs::read_to_string("/proc/self/statm").unwrap().split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
fn main() {
    for size in std::env::args().skip(1).map(|a| a.parse::<usize>().unwrap()) {
        let mut w = Workload::new(7, size);
        let changes = w.changes();
        let engine = Engine::new();
        let r0 = rss();
        let t = Instant::now();
        engine.apply(ChangeSet::new(changes)).unwrap();
        let load = t.elapsed();
        let r1 = rss();
        let asks = w.requests(40_000, true);
        let mut allowed = 0;
        let mut best = u128::MAX;
        let mut bestp = u128::MAX;
        let prepared: Vec<_> =
            asks.iter().map(|a| engine.prepare(&a.namespace, &Subject::user(&a.user), None).unwrap()).collect();
        for _ in 0..5 {
            allowed = 0;
            let t = Instant::now();
            for a in &asks {
                allowed += usize::from(engine.is_allowed(&Request::new(
                    &a.namespace,
                    Subject::user(&a.user),
                    a.action,
                    &a.irn,
                )));
            }
            best = best.min(t.elapsed().as_nanos() / 40_000);
            let t = Instant::now();
            for (a, p) in asks.iter().zip(&prepared) {
                std::hint::black_box(engine.is_allowed_for(p, &Question::new(a.action, &a.irn)));
            }
            bestp = bestp.min(t.elapsed().as_nanos() / 40_000);
        }
        // updates
        let mut times: Vec<u128> = Vec::new();
        for i in 0..5000 {
            let mut d = w.draft((i * 7919) % size);
            d.actions = Actions::parse([["READ", "EDIT", "RUN"][i % 3]]).unwrap();
            let c = ChangeSet::from(Change::UpsertPermission(d));
            let t = Instant::now();
            engine.apply(c).unwrap();
            times.push(t.elapsed().as_nanos());
        }
        times.sort();
        println!(
            "{size}: load {:?} ({:.0}/s) rss {} B/perm; string {best} ns prepared {bestp} ns allowed {allowed}; update p50 {} p99 {}",
            load,
            size as f64 / load.as_secs_f64(),
            (r1 as isize - r0 as isize) / size as isize,
            times[times.len() / 2],
            times[times.len() * 99 / 100]
        );
    }
}
