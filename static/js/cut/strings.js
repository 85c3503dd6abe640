// The sentences of the cut editor.

import { isolated } from "../core/bidi.js"
import * as format from "../core/format.js"

/** Format a length as `1 h 2 min 5 s`, `2 min 5 s` or `4.2 s`. */
export function length(seconds) {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const all = Math.round(seconds)
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  return [hours && `${hours} h`, minutes && `${minutes} min`, rest && `${rest} s`].filter(Boolean).join(" ")
}

/** Format a place as `1:02:03.4`. */
export function clock(seconds) {
  const tenths = Math.max(0, Math.floor(seconds * 10 + 1e-6))
  return `${format.duration(Math.floor(tenths / 10))}.${tenths % 10}`
}

export const strings = {
  pageTitle: (name) => `Cut of ${name} · Roughy Box`,
  save: "Save",
  saveTitle: "Save the changes as a new version",
  saved: (version) => `Saved as version ${version}.`,
  nothingKept: "Nothing is kept. Bring at least one span back before saving.",
  undo: "Undo",
  redo: "Redo",
  undone: "Undone",
  redone: "Redone",
  unsaved: "Unsaved changes",
  restored: "Your unsaved changes are back.",
  more: "More actions",
  newCut: "New cut…",
  deleteVersion: "Delete this version…",
  deleteTitle: (version) => `Delete version ${version}?`,
  deleteText: "Other versions and the recording stay. Finished renders of it stay, too.",
  deleteConfirm: "Delete version",
  deleted: (version) => `Version ${version} was deleted.`,
  versions: "Version",
  version: (number, cut) =>
    `${number} · ${cut.by_hand ? "by hand" : cut.script ? "by script" : "automatic"}` +
    (cut.state === "completed" ? "" : ` · ${strings.states[cut.state]}`),
  states: { pending: "waiting", processing: "cutting…", completed: "done", failed: "failed" },
  gone: "This cut no longer exists",
  goneText: "It was deleted, or its recording was.",
  openCuts: "Show the other cuts",
  unreadable: "The cut cannot be shown",
  retry: "Try again",
  notReady: "This recording cannot be cut yet",
  notReadyText: "It has to be uploaded, prepared and paid for first. The preview tells what is missing.",
  toPreview: "Open the preview",

  form: {
    title: "Cut this recording",
    intro:
      "The box listens to the recording and keeps the good takes. Retakes, false starts, hesitations and long pauses " +
      "go; you can bring each one back.",
    script: "Script",
    scriptHint: "Optional. With the text that was read, the box keeps the last good take of every sentence.",
    placeholder: "Paste the script here, or drop a .txt or .md file.",
    choose: "Choose a file…",
    characters: (count, most) => `${format.count(count)} of ${format.count(most)} characters`,
    tooLong: (most) => `The script has more than ${format.count(most)} characters. Cut the recording in parts.`,
    notText: (name) => `“${isolated(name)}” is not a text. Choose a .txt or .md file.`,
    retakes: "Retakes and false starts",
    fillers: "Hesitations (uh, um)",
    offScript: "What is not in the script",
    remove: "Drop",
    keep: "Keep",
    pauses: "Longest pause",
    pauseChoices: [
      ["0.3", "0.3 s · tight"],
      ["0.6", "0.6 s · natural"],
      ["1", "1 s · relaxed"],
      ["2", "2 s · slow"],
      ["10", "10 s · keep pauses"],
    ],
    air: "Air around speech",
    airChoices: [
      ["tight", "Little"],
      ["normal", "Normal"],
      ["wide", "More"],
    ],
    submit: "Cut",
    back: "Back to the cut",
  },

  progress: {
    title: "Cutting",
    pending: "Waiting for other work of the box",
    stages: {
      listening: "Listening for speech and pauses",
      recognizing: "Recognizing the words",
      matching: "Matching takes and script",
      planning: "Planning the cut",
    },
    text: "This page may be closed. Long recordings take some minutes.",
    stop: "Stop",
    stopped: "The cut was stopped.",
  },

  failed: {
    title: "This recording could not be cut",
    advice: {
      no_audio: "It has no sound, so there is nothing to listen to. Cut it in your editor.",
      no_speech:
        "No speech was found that could be kept. Check that the right track has sound, or try again and keep what is " +
        "not in the script.",
      media_missing: "Its file is missing on the disk of the box. The operator can restore it from a backup.",
      corrupt_media: "Its file is damaged. Upload the recording again.",
      processing_timeout:
        "It took longer than the box allows. Try again, or have the operator raise cutting.timeout.",
      processing_crashed: "The work was ended, often for lack of memory. Try again; if it repeats, tell the operator.",
    },
    again: "Try again",
    otherOptions: "Change the options",
  },

  warnings: {
    title: (count) => format.many(count, "note", "notes"),
    advice: {
      script_mismatch: "Check that the script belongs to this recording, then cut again.",
      script_missing_parts: "Record the missing part as a pick-up, or go on without it.",
      no_recognizer: "Install one with `roughy-box speech install`, then cut again.",
      low_confidence: "Look at the dotted words; N goes to the next one.",
      variable_frame_rate: "Editors may place single frames differently; a render is exact.",
      edl_too_long: "Use another format than EDL for this cut.",
      late_pick_up: "Move the pick-up to its place in your editor.",
      several_audio_tracks: "Exports and renders have the first track only.",
      sound_outside_picture: "Sound before the first or after the last picture is left out.",
    },
  },

  reasons: {
    pause: "Pause",
    filler: "Hesitation",
    retake: "Retake",
    false_start: "False start",
    off_script: "Off script",
    noise: "Noise",
    by_hand: "By hand",
  },

  transcript: {
    label: "Transcript",
    hint: "Arrow keys move by words, with Shift they select. Delete drops or brings back, Space toggles a dropped span.",
    noWords: "No words were recognized, so the spans are listed by their times.",
    span: (start, end) => `${clock(start)} – ${clock(end)}`,
    dropped: "dropped",
    broughtBack: "brought back",
    describe: ({ reason, seconds, text, keptInstead, isDropped }) =>
      [
        `${strings.reasons[reason] ?? reason} of ${length(seconds)}, ` +
          (isDropped ? strings.transcript.dropped : strings.transcript.broughtBack),
        text && `: ${text}`,
        keptInstead && `. Kept instead: ${keptInstead}`,
      ]
        .filter(Boolean)
        .join(""),
    keptInstead: (text) => `Kept instead: “${text}”`,
    bringBack: "Click or Space brings it back",
    dropAgain: "Space drops it again",
    wordsDropped: (count) => `${format.many(count, "word", "words")} dropped`,
    wordsBack: (count) => `${format.many(count, "word", "words")} brought back`,
    rangeDropped: "Range dropped",
    rangeBack: "Range brought back",
    sentenceDropped: "Sentence dropped",
    sentenceBack: "Sentence brought back",
    places: {
      suggestion: "Suggestion: this may be worth dropping",
      unsure: "Hardly understood",
      joint: "Joint",
    },
    noPlace: "No more doubtful places in this direction",
  },

  figures: {
    title: "Before and after",
    of: (whole) => `of ${whole}`,
    joints: (count) => format.many(count, "joint", "joints"),
    dropped: (count) => `${format.count(count)}×`,
  },

  player: {
    label: "Player",
    play: "Play",
    pause: "Pause",
    mode: "What plays",
    cut: "Cut",
    source: "Source",
    speed: "Speed",
    mute: "Mute",
    unmute: "Unmute",
    position: (now, all) => `${now} / ${all}`,
    inSource: (now) => `source ${now}`,
    keys: "Keyboard shortcuts",
    cannotPlay:
      "This browser cannot play the recording, and the box could not make a version for it. Transcript and waveform work " +
      "all the same; to listen, download the file.",
  },

  wave: {
    label: "Waveform",
    scroll: "Waveform, scrolls by the arrow keys",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    start: "Start of the dropped span",
    end: "End of the dropped span",
    at: (seconds, frame) => `${clock(seconds)}, frame ${format.count(frame)}`,
    measuring: "Measuring the sound…",
    silent: "No sound",
  },

  exports: {
    action: "Export",
    title: "Export the cut",
    unsavedHint: "Exports show the saved version; save your changes first to have them in the file.",
    editor: "For",
    editors: [
      ["fcp7xml", "Premiere Pro", "XML"],
      ["fcpxml", "DaVinci Resolve", "FCPXML"],
      ["fcpxml", "Final Cut Pro", "FCPXML"],
      ["edl", "Avid (EDL)", "EDL"],
      ["mlt", "Shotcut / Kdenlive", "MLT"],
      ["llc", "LosslessCut", "LLC"],
      ["audacity", "Audacity", "labels"],
      ["otio", "OpenTimelineIO", "OTIO"],
      ["csv", "Spreadsheet", "CSV"],
      ["ffconcat", "ffmpeg", "concat list"],
      ["json", "Own programs", "JSON"],
    ],
    media: "Folder of the recordings on this workstation",
    mediaHint: "So that the editor finds the recording. Empty: the path on the box.",
    examples: ["D:\\Footage", "/Volumes/Footage", "\\\\nas\\footage"],
    disabled: "Keep what was dropped in the timeline, switched off",
    download: "Download",
    subtitles: "Subtitles and text",
    captions: [
      ["srt", "Subtitles (SRT)"],
      ["vtt", "Subtitles (WebVTT)"],
      ["txt", "Text"],
    ],
    timeline: "Times",
    timelines: [
      ["cut", "of the cut"],
      ["source", "of the source"],
    ],
    saved: (name) => `${name} was downloaded.`,
  },

  help: {
    title: "Keys of the cut editor",
    groups: [
      {
        title: "Play",
        rows: [
          [["Space", "k"], "Play or pause"],
          [["l"], "Play; again: faster"],
          [["j"], "5 seconds back"],
          [["←", "→"], "A frame back, forward; with Shift 10"],
          [["Home", "End"], "Start, end"],
          [["s"], "Play the cut or the source"],
          [["m"], "Mute or unmute"],
          [["+", "−"], "Zoom the waveform"],
        ],
      },
      {
        title: "Edit",
        rows: [
          [["x"], "Drop or keep the sentence that is playing"],
          [["Delete"], "Drop the selected words; again: bring back"],
          [["Space"], "Toggle the dropped span in focus"],
          [["i", "o"], "Start, end of a range for Delete"],
          [["[", "]"], "To the start, end of the dropped span; arrow keys move it"],
          [["Ctrl Z"], "Undo"],
          [["Ctrl Shift Z"], "Redo"],
          [["Ctrl S"], "Save"],
        ],
      },
      {
        title: "Find",
        rows: [
          [["n", "p"], "Next, previous doubtful place"],
          [["←", "→", "↑", "↓"], "In the transcript: words and paragraphs"],
          [["Shift →"], "In the transcript: select words"],
          [["e"], "Export"],
          [["Esc"], "Clear the range; back to the preview"],
        ],
      },
    ],
  },
}
