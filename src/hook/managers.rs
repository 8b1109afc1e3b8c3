//! Other programs that keep a repository's hooks: husky, lefthook, the pre-commit framework. Their files are the team's and lie in
//! the repository, so a line is added to them with consent only; otherwise it is told.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Stage, folder::HooksFolder};

/// A program that keeps a repository's hooks, and the file or folder that says what they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manager {
    /// husky: a script a hook in a folder.
    Husky(PathBuf),
    /// lefthook: a YAML file.
    Lefthook(PathBuf),
    /// The pre-commit framework: a YAML file.
    Framework(PathBuf),
}

const LEFTHOOK: [&str; 5] =
    ["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml", ".config/lefthook.yml"];

/// What is to be added to a manager's file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The file, which may not exist yet.
    pub file: PathBuf,
    /// The lines, with their indentation.
    pub lines: String,
}

/// The manager of a repository's hooks: `top` is its working tree.
pub fn find(top: &Path, hooks: &HooksFolder) -> Option<Manager> {
    let setting = hooks.setting.as_deref().unwrap_or_default().trim_end_matches('/');
    if let Some(folder) = setting.strip_suffix("/_").filter(|folder| folder.ends_with("husky")) {
        return Some(Manager::Husky(top.join(folder)));
    }
    if setting.ends_with("husky") {
        return Some(Manager::Husky(top.join(setting)));
    }
    if let Some(file) = LEFTHOOK.iter().map(|name| top.join(name)).find(|file| file.is_file()) {
        return Some(Manager::Lefthook(file));
    }
    let framework = top.join(".pre-commit-config.yaml");
    framework.is_file().then_some(Manager::Framework(framework))
}

impl Manager {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Husky(_) => "husky",
            Self::Lefthook(_) => "lefthook",
            Self::Framework(_) => "pre-commit",
        }
    }

    /// What is to be added for a stage.
    pub fn addition(&self, stage: Stage) -> Addition {
        match self {
            Self::Husky(folder) => {
                let (file, lines) = (folder.join(stage.to_string()), format!("{}\n", call(stage, "\"$@\"")));
                Addition { file, lines }
            }
            Self::Lefthook(file) => {
                Addition { file: file.clone(), lines: format!("{stage}:\n  commands:\n{}", command(stage, "    ")) }
            }
            Self::Framework(file) => Addition {
                file: file.clone(),
                lines: format!(
                    "  - repo: https://github.com/keysweep/keysweep\n    rev: v{}\n    hooks:\n      - id: keysweep\n",
                    env!("CARGO_PKG_VERSION")
                ),
            },
        }
    }

    /// Whether its file calls us for a stage.
    pub fn calls(&self, stage: Stage) -> bool {
        let Addition { file, .. } = self.addition(stage);
        let text = fs::read_to_string(file).unwrap_or_default();
        match self {
            Self::Husky(_) | Self::Lefthook(_) => text.contains(&format!("keysweep hook run {stage}")),
            Self::Framework(_) => {
                text.lines().any(|line| line.trim_start_matches(['-', ' ']).starts_with("id: keysweep"))
            }
        }
    }

    /// Adds the call for a stage, where it can be told how: `false` where a person has to.
    pub fn add(&self, stage: Stage) -> io::Result<bool> {
        let Addition { file, lines } = self.addition(stage);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let changed = match self {
            Self::Husky(_) => Some(at_the_top(&text, &lines)),
            Self::Lefthook(_) => in_lefthook(&text, stage, &lines),
            Self::Framework(_) => None,
        };
        let Some(changed) = changed else { return Ok(false) };
        fs::write(&file, changed)?;
        Ok(true)
    }

    /// Takes away the lines that [`Manager::add`] added; `false` where there are none as it writes them.
    pub fn remove(&self, stage: Stage) -> io::Result<bool> {
        let Addition { file, lines } = self.addition(stage);
        let Ok(text) = fs::read_to_string(&file) else { return Ok(false) };
        // A section of lefthook's file goes as a whole only where nothing else is in it.
        let is_whole = text.split_once(&lines).is_some_and(|(_, rest)| !rest.starts_with([' ', '#']));
        let found = match self {
            Self::Husky(_) => Some(lines),
            Self::Lefthook(_) if is_whole => Some(lines),
            Self::Lefthook(_) => {
                ["    ", "  ", "      "].iter().map(|indent| command(stage, indent)).find(|own| text.contains(own))
            }
            Self::Framework(_) => None,
        };
        let Some(found) = found.filter(|found| text.contains(found.as_str())) else { return Ok(false) };
        fs::write(&file, text.replacen(&found, "", 1))?;
        Ok(true)
    }
}

/// What a shell line of a stage is.
fn call(stage: Stage, arguments: &str) -> String {
    match stage {
        Stage::PreCommit => format!("keysweep hook run {stage}"),
        _ => format!("keysweep hook run {stage} {arguments}"),
    }
}

/// A command of lefthook. Only `{0}`, all arguments, and `{1}` are passed on, and standard input where that is asked for.
fn command(stage: Stage, indent: &str) -> String {
    let call = call(stage, "{0}");
    let input = if stage.reads_input() { format!("{indent}  use_stdin: true\n") } else { String::new() };
    format!("{indent}keysweep:\n{indent}  run: {call}\n{input}")
}

/// Before everything else: what stands there may read what git tells on standard input.
fn at_the_top(text: &str, line: &str) -> String {
    let head: usize =
        text.split_inclusive('\n').take_while(|line| line.starts_with("#!") || is_old_husky(line)).map(str::len).sum();
    format!("{}{line}{}", &text[..head], &text[head..])
}

/// The line by which scripts of husky before version 9 begin.
fn is_old_husky(line: &str) -> bool {
    line.trim().is_empty() || (line.starts_with(". ") && line.contains("husky.sh"))
}

/// As a section of its own at the end, or in the section of the stage. `None` where that is written in a way that only a reader of
/// YAML understands.
fn in_lefthook(text: &str, stage: Stage, section: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let head = format!("{stage}:");
    let Some(at) = lines.iter().position(|line| line.trim_end() == head) else {
        let is_there = lines.iter().any(|line| line.starts_with(&head));
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        return (!is_there).then(|| format!("{text}{gap}{section}"));
    };
    let inside = lines[at + 1..].iter().take_while(|line| line.starts_with([' ', '#']) || line.trim().is_empty());
    let commands = inside.clone().position(|line| line.trim_end() == "  commands:")? + at + 1;
    let child = lines.get(commands + 1)?;
    let indent = &child[..child.len() - child.trim_start_matches(' ').len()];
    let own = command(stage, indent);
    (indent.len() > 2).then(|| [&lines[..=commands].concat(), own.as_str(), &lines[commands + 1..].concat()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_husky_comes_first() {
        assert_eq!(at_the_top("npm test\n", "x\n"), "x\nnpm test\n");
        assert_eq!(
            at_the_top("#!/bin/sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\nnpm test\n", "x\n"),
            "#!/bin/sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\nx\nnpm test\n"
        );
        assert_eq!(at_the_top("", "x\n"), "x\n");
    }

    #[test]
    fn a_command_for_lefthook_goes_into_its_section_or_makes_one() {
        let section = "pre-commit:\n  commands:\n    keysweep:\n      run: keysweep hook run pre-commit\n";
        assert_eq!(in_lefthook("", Stage::PreCommit, section).as_deref(), Some(section));
        let there = "pre-commit:\n  parallel: true\n  commands:\n    lint:\n      run: lint\nother:\n  x: y\n";
        assert_eq!(
            in_lefthook(there, Stage::PreCommit, section).unwrap(),
            "pre-commit:\n  parallel: true\n  commands:\n    keysweep:\n      run: keysweep hook run pre-commit\n    lint:\n      run: lint\nother:\n  x: y\n"
        );
        assert_eq!(in_lefthook("pre-commit: { commands: {} }\n", Stage::PreCommit, section), None);
        assert_eq!(in_lefthook("pre-commit:\n  jobs:\n    - run: lint\n", Stage::PreCommit, section), None);
    }
}
