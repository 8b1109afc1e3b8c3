//! A rehearsal of `keysweep revoke` with an issuer that is a script on this machine: `cargo run --example rehearsal -- FOLDER`.
//! Keys live until they are revoked. Nothing leaves the machine: the script is a proxy that answers for every host itself.
#![allow(clippy::unwrap_used, reason = "an example that ends where something is amiss")]
#![allow(dead_code, reason = "the tests use more of it")]

#[path = "../tests/support/issuer.rs"]
mod issuer;
#[path = "../tests/revoke/world.rs"]
mod world;

use std::{env, fs, path::PathBuf, thread, time::Duration};

fn main() {
    let folder =
        PathBuf::from(env::args().nth(1).expect("the folder to rehearse in: cargo run --example rehearsal -- FOLDER"));
    let world = world::World::new(Duration::from_secs(1), Duration::from_millis(50));
    let secrets: Vec<String> = ["self", "hash", "hint", "bulk", "final"].map(|kind| world.add("acme", kind, 1)).into();
    let issuer = world.issuer();
    for name in ["work", "rules"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let lines: String = secrets.iter().enumerate().map(|(at, secret)| format!("KEY_{at}={secret}\n")).collect();
    fs::write(folder.join("work/keys.env"), lines).unwrap();
    fs::write(folder.join("rules/acme.toml"), world::rules("acme")).unwrap();
    fs::write(folder.join("ca.pem"), &issuer.authority_pem).unwrap();
    let flags = "--rules ../rules --ca-file ../ca.pem";
    println!("The issuer acme is at work until you press Ctrl-C. In another window:\n");
    println!("  cd {}", folder.join("work").display());
    println!("  export HTTPS_PROXY={} ACME_ADMIN_KEY={}", issuer.proxy(), world::ADMIN);
    println!("  keysweep scan . --rules ../rules --format json > ../report.json");
    println!("  keysweep revoke plan ../report.json --save ../plan.json {flags}");
    println!("  keysweep revoke apply ../plan.json --journal ../journal.jsonl {flags}");
    println!("  keysweep revoke undo ../plan.json --journal ../journal.jsonl {flags}");
    loop {
        thread::sleep(Duration::from_secs(60));
    }
}
