// The sentences about renders.

import * as format from "../core/format.js"

export const strings = {
  title: "Renders",
  action: "Render",
  preset: "Finished file",
  presets: {
    youtube: "YouTube 1080p (MP4)",
    uhd: "4K (MP4)",
    preview: "Preview 720p (MP4)",
    mov: "Full size (MOV)",
    podcast: "Podcast (MP3)",
    m4a: "Sound (M4A)",
  },
  hint: "The box makes it from the saved cut, frame by frame; this page may be closed.",
  states: { pending: "Waiting", processing: "Rendering", completed: "Ready", failed: "Failed" },
  kind: ({ format: container, resolution, video_bitrate: video, audio_bitrate: audio, frame_rate: rate }) =>
    [container.toUpperCase(), resolution, video && `${video} Mbit/s`, audio && `${audio} kbit/s`, rate && `${rate} fps`]
      .filter(Boolean)
      .join(" · "),
  facts: ({ duration_seconds: length, size_bytes: size, completed_at: at }) =>
    [format.duration(length), format.size(size), format.when(at)].join(" · "),
  progress: (share) => format.percent(share, 1),
  progressOf: (name) => `Progress of ${name}`,
  download: (name) => `Download ${name}`,
  cancel: (name) => `Cancel ${name}`,
  canceled: "The render was canceled.",
  again: (name) => `Render ${name} again`,
  delete: (name) => `Delete ${name}`,
  deleteTitle: (name) => `Delete ${name}?`,
  deleteText: "The file is deleted from the box. It can be rendered again from its cut.",
  deleteConfirm: "Delete file",
  deleted: "The file was deleted.",
  none: "No renders yet",
  noneText: "Cut a recording, then choose Export: finished files for YouTube, podcasts and previews appear here.",
  recording: "Recording",
  more: "Show more",
}
