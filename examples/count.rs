//! scratch
use grantrie::*;
use grantrie_testkit::workload::Workload;
fn main() {
    let mode = std::env::args().nth(1).unwrap(); let size: usize = std::env::args().nth(2).unwrap().parse().unwrap(); let n: usize = std::env::args().nth(3).unwrap().parse().unwrap();
    let mut w = Workload::new(7, size);
    let engine = Engine::new();
    engine.apply(ChangeSet::new(w.changes())).unwrap();
    let asks = w.requests(n.max(1), true);
    let prepared: Vec<_> = asks.iter().map(|a| engine.prepare(&a.namespace, &Subject::user(&a.user), None).unwrap()).collect();
    let mut c = 0;
    for (a,p) in asks.iter().zip(&prepared) {
        match &*mode {
            "s" => c += usize::from(engine.is_allowed(&Request::new(&a.namespace, Subject::user(&a.user), a.action, &a.irn))),
            "p" => c += usize::from(engine.is_allowed_for(p, &Question::new(a.action, &a.irn))),
            "i" => c += Irn::parse(&a.irn).unwrap().segment_count(),
            _ => {}
        }
    }
    println!("{c}");
}
