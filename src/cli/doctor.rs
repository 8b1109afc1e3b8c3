//! `keysweep doctor`: what the program finds here, each line right or with what puts it right.

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use super::configured::{Configured, Configuring};
use super::{clock::Clock, ids};
use crate::{
    config::files::user_file,
    finding::{IdKey, printable::printable},
    problem::Skip,
    rule::Selection,
    source::{
        globs::PathFilter,
        history::{
            refs,
            repo::{Environment, Repo},
        },
        targets::Target,
        tree,
    },
    suppress::baseline,
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keysweep doctor               this folder
  keysweep doctor ../other      another one

Exit code: 0 all is right; 1 something is to be put right.")]
pub struct Args {
    /// A repository or folder
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    configuring: Configuring,
}

/// Writes lines and remembers whether one was wrong.
struct Lines<W> {
    out: W,
    wrong: bool,
}

impl<W: Write> Lines<W> {
    fn ok(&mut self, what: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "ok  {what:<14} {}", printable(text.as_bytes()))
    }

    fn wrong(&mut self, what: &str, text: &str, fix: &str) -> io::Result<()> {
        self.wrong = true;
        writeln!(self.out, "!   {what:<14} {}", printable(text.as_bytes()))?;
        writeln!(self.out, "    {:<14} -> {fix}", "")
    }
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let mut lines = Lines { out: io::stdout().lock(), wrong: false };
        lines.ok("keysweep", env!("CARGO_PKG_VERSION"))?;
        git(&mut lines)?;
        let environment = Environment::of_process();
        let repo = self.repository(&environment, &mut lines)?;
        let key = id_key(&mut lines)?;
        let now = Clock::Runs.now();
        let targets = vec![Target::Path(self.path.clone())];
        match self.configuring.read(&targets, &key, now) {
            Ok(configured) => self.configured(&configured, &environment, &mut lines)?,
            Err(error) => {
                lines.wrong("configuration", &format!("{error:#}"), "put the file right, or scan with --no-config")?
            }
        }
        if let Some(repo) = &repo {
            hooks(repo, &mut lines)?;
        }
        proxies(&mut lines)?;
        Ok(if lines.wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn repository<W: Write>(&self, environment: &Environment, lines: &mut Lines<W>) -> io::Result<Option<Repo>> {
        match Repo::discover_in(&self.path, environment) {
            Ok(Some(repo)) => {
                let head = match refs::head(&repo) {
                    Ok(Some(head)) => format!("HEAD is {}", &head.to_string()[..12]),
                    Ok(None) => "no commit yet".to_owned(),
                    Err(problem) => problem.why,
                };
                lines.ok("repository", &format!("{}, {head}", repo.git_dir.display()))?;
                if !repo.shallow.is_empty() {
                    let fix = "git fetch --unshallow, or fetch-depth: 0 in CI";
                    lines.wrong("history", "a shallow clone: keys before it are not seen", fix)?;
                }
                if repo.promisor {
                    let fix = "git fetch --refetch --no-filter, or scan a full clone";
                    lines.wrong("history", "a partial clone: versions that are not here are not seen", fix)?;
                }
                Ok(Some(repo))
            }
            Ok(None) => {
                lines.ok("repository", "none: only files are scanned here")?;
                Ok(None)
            }
            Err(error) => {
                lines.wrong("repository", &error.to_string(), "git fsck tells more")?;
                Ok(None)
            }
        }
    }

    fn configured<W: Write>(
        &self,
        configured: &Configured,
        environment: &Environment,
        lines: &mut Lines<W>,
    ) -> io::Result<()> {
        match user_file() {
            Some(path) if path.is_file() => permissions(&path, lines)?,
            Some(path) => lines.ok("your own file", &format!("none ({})", path.display()))?,
            None => lines.ok("your own file", "none: no home folder is known")?,
        }
        let run = &configured.layers.run;
        for file in &run.files {
            lines.ok("configuration", &file.display().to_string())?;
        }
        for (name, value, at) in run.told() {
            lines.ok("  setting", &format!("{name} = {value}  ({at})"))?;
        }
        match configured.rules(&[], &Selection::default()) {
            Ok(rules) => lines.ok("rules", &format!("{} rules", rules.len()))?,
            Err(error) => {
                lines.wrong("rules", &format!("{error:#}"), "put the rule file or the configuration right")?
            }
        }
        let own = configured.policy.of(self.path.as_os_str().as_encoded_bytes().into());
        for baseline in &own.baselines {
            lines.ok("baseline", &format!("{}: {} findings", baseline.path.display(), baseline.len()))?;
        }
        if own.baselines.is_empty() {
            lines.ok("baseline", &format!("none ({})", baseline::PATH))?;
        }
        self.scanned(configured, environment, lines)
    }

    /// What a scan would read.
    fn scanned<W: Write>(
        &self,
        configured: &Configured,
        environment: &Environment,
        lines: &mut Lines<W>,
    ) -> io::Result<()> {
        let own = configured.policy.of(self.path.as_os_str().as_encoded_bytes().into());
        let filter = own.paths.iter().fold(PathFilter::default(), PathFilter::without);
        let max_size =
            configured.layers.run.max_size.as_ref().map_or(crate::scan::options::MAX_SIZE, |size| size.value);
        let options = tree::Options { max_size, include_ignored: false, filter, environment: environment.clone() };
        let outcome = tree::walk::<()>(&self.path, &options, &|_, _, _| None, &|| false);
        let skipped = |reason| outcome.tally.skipped.get(&reason).copied().unwrap_or(0);
        let text = format!(
            "{} files; {} ignored by git, {} left out by configurations, {} too big",
            outcome.tally.files,
            skipped(Skip::Ignored),
            skipped(Skip::Excluded),
            skipped(Skip::TooBig)
        );
        lines.ok("working tree", &text)?;
        for problem in &outcome.problems {
            let text = format!("{}: {}", problem.what, problem.why);
            lines.wrong("working tree", &text, "let the user who scans read it, or leave it out in [paths] exclude")?;
        }
        Ok(())
    }
}

/// Git is run to clone URLs and by hooks, and for nothing else.
fn git<W: Write>(lines: &mut Lines<W>) -> io::Result<()> {
    match Command::new("git").arg("--version").output() {
        Ok(output) if output.status.success() => lines.ok("git", String::from_utf8_lossy(&output.stdout).trim()),
        _ => lines.wrong(
            "git",
            "not found on the path",
            "install git: URLs cannot be cloned without it; repositories on disk are read all the same",
        ),
    }
}

fn id_key<W: Write>(lines: &mut Lines<W>) -> io::Result<IdKey> {
    let key = ids::key();
    match key.fingerprint() {
        Some(print) => lines.ok("ids", &format!("made with KEYSWEEP_ID_KEY, whose fingerprint is {print}"))?,
        None => lines.ok("ids", "the same everywhere: KEYSWEEP_ID_KEY is not set")?,
    }
    Ok(key)
}

/// The user's own file says where keys are sent: nobody else may write to it.
fn permissions<W: Write>(path: &Path, lines: &mut Lines<W>) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = path.metadata()?.permissions().mode();
        if mode & 0o022 != 0 {
            let fix = format!("chmod go-w {}", path.display());
            return lines.wrong("your own file", &format!("{} can be written by others", path.display()), &fix);
        }
    }
    lines.ok("your own file", &path.display().to_string())
}

fn hooks<W: Write>(repo: &Repo, lines: &mut Lines<W>) -> io::Result<()> {
    let folder = repo.common_dir.join("hooks");
    let ours = |name: &str| std::fs::read_to_string(folder.join(name)).is_ok_and(|text| text.contains("keysweep"));
    let installed: Vec<&str> =
        ["pre-commit", "commit-msg", "pre-push", "pre-receive"].into_iter().filter(|name| ours(name)).collect();
    match installed.is_empty() {
        true => lines.ok("hooks", "none of keysweep's in this repository's own folder"),
        false => lines.ok("hooks", &installed.join(", ")),
    }
}

fn proxies<W: Write>(lines: &mut Lines<W>) -> io::Result<()> {
    let mut any = false;
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
        if let Some(value) = env::var_os(name) {
            any = true;
            let value = value.to_string_lossy();
            // User and password of a proxy are no one's business.
            let shown = value.rsplit('@').next().unwrap_or_default();
            lines.ok("proxy", &format!("{name} = {shown}"))?;
        }
    }
    if any { Ok(()) } else { lines.ok("proxy", "none") }
}
