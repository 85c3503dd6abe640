// node cut_model.mjs FOLDER: test the editing of a cut by itself; FOLDER has its modules.
import assert from "node:assert/strict"
import { pathToFileURL } from "node:url"

const load = (name) => import(pathToFileURL(`${process.argv[2]}/${name}.js`).href)
const { Editing } = await load("model")
const spans = await load("spans")
const { layout, marks, signature } = await load("layout")
const { commandsOf } = await load("commands")

const RATE = 25
const at = (frame) => frame / RATE
/** Return a plan that keeps the given frames of 0 to 1000; a word every 20 frames, 15 frames long. */
function plan(kept, reasons = {}) {
  const segments = kept.map(([start, end]) => ({ start: at(start), end: at(end), start_frame: start, end_frame: end }))
  const edges = [0, ...kept.flat(), 1000]
  const dropped = []
  for (let index = 0; index < edges.length; index += 2) {
    const [start, end] = [edges[index], edges[index + 1]]
    const reason = reasons[start] ?? "retake"
    if (end > start) dropped.push({ start: at(start), end: at(end), reason, text: "", kept_instead: null })
  }
  const words = Array.from({ length: 50 }, (_, index) => ({
    text: index % 10 === 9 ? `w${index}.` : `w${index}`,
    start: at(index * 20 + 2),
    end: at(index * 20 + 17),
    confidence: index === 30 ? 0.1 : 0.9,
    kind: "word",
  }))
  const rest = { suggestions: [{ start: at(420), end: at(440), reason: "filler", text: "w21" }], warnings: [] }
  return { frame_rate: "25", duration_seconds: 40, source_offset: 0, segments, dropped, words, ...rest }
}
const kept = (editing) => editing.kept.map(({ start, end }) => [start, end])
const KEPT = [
  [100, 300],
  [400, 600],
]

function test(name, body) {
  try {
    body()
  } catch (error) {
    error.message = `${name}: ${error.message}`
    throw error
  }
}

test("ranges are kept and dropped, touching spans are one", () => {
  const editing = new Editing(plan(KEPT))
  assert.equal(editing.change([{ start: 150, end: 200, kept: false }]), true)
  assert.deepEqual(kept(editing), [[100, 150], [200, 300], [400, 600]])
  editing.change([{ start: 300, end: 400, kept: true }])
  assert.deepEqual(kept(editing), [[100, 150], [200, 600]])
  editing.change([{ start: 0, end: 1000, kept: false }])
  assert.deepEqual(kept(editing), [])
  editing.change([{ start: -5, end: 2000, kept: true }])
  assert.deepEqual(kept(editing), [[0, 1000]])
  assert.equal(editing.change([{ start: 5, end: 10, kept: true }]), false)
  while (editing.undo());
  assert.deepEqual(kept(editing), KEPT)
  assert.equal(editing.isChanged, false)
})

test("undo and redo without end agree with the naive way", () => {
  const dice = (() => {
    let seed = 7
    return (most) => (seed = (seed * 48_271) % 2_147_483_647) % most
  })()
  const editing = new Editing(plan(KEPT))
  const naive = new Uint8Array(1000)
  for (const [start, end] of KEPT) naive.fill(1, start, end)
  const states = [naive.slice()]
  for (let count = 0; count < 500; count++) {
    const start = dice(990)
    const change = { start, end: start + 1 + dice(60), kept: dice(2) === 1 }
    const before = states.at(-1).slice()
    before.fill(change.kept ? 1 : 0, change.start, Math.min(1000, change.end))
    const differs = before.some((each, frame) => each !== states.at(-1)[frame])
    assert.equal(editing.change([change]), differs)
    if (differs) states.push(before)
  }
  const check = (state) => {
    const frames = new Uint8Array(1000)
    for (const { start, end } of editing.kept) frames.fill(1, start, end)
    assert.deepEqual(frames, state)
    for (const [index, span] of editing.kept.entries()) if (index) assert.ok(span.start > editing.kept[index - 1].end)
  }
  check(states.at(-1))
  const again = new Editing(plan(KEPT), JSON.parse(JSON.stringify(editing.record())))
  assert.deepEqual(again.kept, editing.kept)
  for (let count = states.length - 2; count >= 0; count--) {
    assert.equal(editing.undo(), true)
    check(states[count])
  }
  assert.equal(editing.undo(), false)
  for (let count = 1; count < states.length; count++) {
    editing.redo()
    check(states[count])
  }
  for (let count = 0; count < 100; count++) editing.undo()
  const half = new Editing(plan(KEPT), editing.record())
  assert.deepEqual(half.kept, editing.kept)
  assert.equal(half.canRedo, true)
})

test("changes of a group are one step", () => {
  const editing = new Editing(plan(KEPT))
  for (let frame = 100; frame > 90; frame--) editing.change([{ start: frame - 1, end: frame, kept: true }], "start 100")
  assert.deepEqual(kept(editing)[0], [90, 300])
  editing.undo()
  assert.deepEqual(kept(editing), KEPT)
})

test("dropped spans keep their reasons, others are by hand", () => {
  const editing = new Editing(plan(KEPT, { 0: "pause", 300: "filler" }))
  editing.change([{ start: 200, end: 350, kept: false }])
  editing.change([{ start: 350, end: 360, kept: true }])
  const found = spans.droppedSpans(editing).map(({ start, end, reason }) => [start, end, reason])
  assert.deepEqual(found, [
    [0, 100, "pause"],
    [200, 300, "by_hand"],
    [300, 350, "filler"],
    [360, 400, "filler"],
    [600, 1000, "retake"],
  ])
  const { kept: frames, joints, reasons } = spans.figures(editing)
  assert.deepEqual([frames, joints], [310, 2])
  assert.deepEqual(reasons.map(({ reason, count }) => [reason, count]), [["retake", 1], ["pause", 1], ["by_hand", 1], ["filler", 2]])
})

test("words are dropped with the quiet after them, and brought back", () => {
  const editing = new Editing(plan([[0, 1000]]))
  const { toggleWords } = commandsOf(editing)
  toggleWords(5, 6)
  assert.deepEqual(kept(editing), [[0, 101], [141, 1000]])
  assert.equal(spans.areDropped(editing, 5, 6), true)
  toggleWords(5, 6)
  assert.equal(spans.areDropped(editing, 5, 6), false)
  const shortened = new Editing(plan(KEPT, { 300: "pause" }))
  commandsOf(shortened).toggleWords(31, 40)
  assert.deepEqual(kept(shortened), [[100, 300], [400, 600], [621, 818]])
})

test("words take the air along that their kept span has at its ends", () => {
  const editing = new Editing(plan([[100, 148], [400, 600]]))
  const { toggleWords } = commandsOf(editing)
  toggleWords(5, 6)
  assert.deepEqual(kept(editing), [[400, 600]])
  toggleWords(5, 6)
  assert.equal(editing.isChanged, false)
})

test("sentences, paragraphs and doubtful places", () => {
  const editing = new Editing(plan(KEPT))
  assert.deepEqual(spans.sentenceAt(editing, 250), [10, 19])
  assert.deepEqual(spans.paragraphs(editing), [[0, 39], [40, 49]])
  const { placeFrom } = commandsOf(editing)
  assert.deepEqual(placeFrom(0, 1), { frame: 400, kind: "joint" })
  assert.deepEqual(placeFrom(400, 1), { frame: 420, kind: "suggestion" })
  assert.deepEqual(placeFrom(420, 1), { frame: 602, kind: "unsure" })
  assert.equal(placeFrom(602, 1), undefined)
  assert.equal(placeFrom(602, -1).frame, 420)
})

test("edges move by frames and stop at the spans around them", () => {
  const editing = new Editing(plan(KEPT))
  const { gapAt, moveEdge } = commandsOf(editing)
  let gap = gapAt(350)
  assert.deepEqual(gap, { start: 300, end: 400, middle: 350, isGap: true })
  assert.equal(gapAt(299), null)
  gap = moveEdge(gap, "start", 290)
  assert.deepEqual(kept(editing)[0], [100, 290])
  gap = moveEdge(gap, "end", 500)
  assert.deepEqual(kept(editing)[1], [500, 600])
  assert.equal(moveEdge(gap, "start", -1000).start, 101)
  gap = moveEdge({ ...gap, start: 101 }, "start", 5000)
  assert.equal(gap.start, 499)
  editing.undo()
  editing.undo()
  editing.undo()
  assert.deepEqual(kept(editing), KEPT)
})

test("places in the cut and in the source", () => {
  const editing = new Editing(plan(KEPT))
  assert.deepEqual([50, 100, 250, 350, 450, 900].map((frame) => spans.placeInCut(editing, frame)), [0, 0, 150, 200, 250, 400])
  assert.deepEqual([0, 150, 200, 399, 500].map((place) => spans.frameAt(editing, place)), [100, 250, 400, 599, 600])
  assert.deepEqual(editing.segments(), [{ start: 4, end: 12 }, { start: 16, end: 24 }])
})

test("paragraphs have each word once and each span, and change alone", () => {
  const editing = new Editing(plan(KEPT))
  const ranges = spans.paragraphs(editing)
  const laid = () => layout(editing.words, ranges, marks(editing))
  const before = laid()
  const words = before.flat().flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, n) => first + n))
  assert.deepEqual(words, Array.from({ length: 50 }, (_, index) => index))
  editing.change([{ start: 300, end: 400, kept: true }])
  const after = laid()
  assert.notEqual(signature(after[0]), signature(before[0]))
  assert.equal(signature(after[1]), signature(before[1]))
  const back = after[0].find(({ mark }) => mark && !mark.isDropped)
  assert.deepEqual([back.mark.key, back.first, back.last], ["b1", 15, 19])
  editing.change([{ start: 130, end: 139, kept: false }])
  const gap = laid().flat().find(({ mark }) => mark?.reason === "by_hand")
  assert.ok(gap.last >= gap.first ? gap.first === 6 : true)
})

test("a plan of two hours is edited within a few milliseconds", () => {
  const many = plan(KEPT)
  many.duration_seconds = 7200
  many.words = Array.from({ length: 20_000 }, (_, index) => ({ ...many.words[0], start: index * 0.36, end: index * 0.36 + 0.3 }))
  many.segments = Array.from({ length: 3000 }, (_, index) => ({ start_frame: index * 60, end_frame: index * 60 + 40 }))
  many.dropped = many.segments.map((each) => ({ start: at(each.end_frame), end: at(each.start_frame + 60), reason: "pause", text: "", kept_instead: null }))
  const editing = new Editing(many)
  const ranges = spans.paragraphs(editing)
  const times = []
  for (let count = 0; count < 50; count++) {
    const begun = performance.now()
    editing.change([{ start: count * 600 + 10, end: count * 600 + 20, kept: false }])
    layout(editing.words, ranges, marks(editing)).map(signature)
    times.push(performance.now() - begun)
  }
  const median = times.sort((one, other) => one - other)[25]
  assert.ok(median < 50, `${median} ms`)
  console.log(`an edit of 20,000 words and 3,000 spans: ${median.toFixed(1)} ms`)
})
