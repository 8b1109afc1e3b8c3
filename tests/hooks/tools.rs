//! Programs of others that are installed once, below the target folder, from the registries where those can be reached. A test that
//! needs one that cannot be had says so and is skipped.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

/// One installation at a time.
static INSTALLING: Mutex<()> = Mutex::new(());

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools").join(name)
}

/// The `bin` folder of a virtual environment with these packages.
pub fn python(name: &str, packages: &[&str]) -> Option<PathBuf> {
    installed(name, &|folder| {
        run(Command::new("python3").arg("-m").arg("venv").arg(folder))?;
        run(Command::new(folder.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(packages))
    })
    .map(|folder| folder.join("bin"))
}

/// A folder with `node_modules` of these packages.
pub fn node(name: &str, packages: &[&str]) -> Option<PathBuf> {
    installed(name, &|folder| {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        fs::write(folder.join("package.json"), "{}").map_err(|error| error.to_string())?;
        // No scripts of packages: lefthook's would put hooks into the repository around it, which is this one.
        let arguments = ["install", "--ignore-scripts", "--silent", "--no-fund", "--no-audit"];
        run(Command::new("npm").current_dir(folder).args(arguments).args(packages))
    })
}

fn installed(name: &str, install: &dyn Fn(&Path) -> Result<(), String>) -> Option<PathBuf> {
    let _alone = INSTALLING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder = folder(name);
    let done = folder.join("installed");
    if !done.exists() {
        let _ = fs::remove_dir_all(&folder);
        if let Err(why) = install(&folder) {
            println!("skipped: {name}: {}", why.lines().last().unwrap_or("it cannot be installed"));
            return None;
        }
        fs::write(done, "").unwrap();
    }
    Some(folder)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
}
