// The drawer with the articles: what the index holds, folders added and removed, and which articles to ask.

import { button, count, h, origin, plain, put, say } from "/draw.js";
import { get, post, stream } from "/server.js";

const drawer = document.getElementById("library");
const WORK = { reading: ["Reading", "files"], embedding: ["Indexing", "passages"], "writing vectors": ["Saving", "passages"] };

let form = null; // stays while the drawer is closed: a folder may still be being read
let shown = null; // shows the drawer's folders and articles anew

// `page` holds about, limits, setLimits, refresh and open.
export async function openLibrary(page) {
  const filters = { words: "", publisher: page.limits.publisher ?? "", since: page.limits.since ?? "", until: page.limits.until ?? "" };
  const list = h("ol", { class: "rows" });
  const found = h("p", { class: "found", role: "status" });
  const folders = h("div", { class: "folders" });
  shown = () => show(page, folders, list, found, filters);
  form ??= adding(page);
  put(drawer,
    h("header", {}, h("h2", { id: "library-title" }, "Articles"), button("Close", () => drawer.close(), { class: "quiet" })),
    folders,
    page.about?.may_change && form,
    filtering(page, filters, () => fill(page, list, found, filters)),
    found, list);
  if (!drawer.open) drawer.showModal();
  await shown();
}

async function show(page, folders, list, found, filters) {
  await page.refresh();
  const roots = await get("roots");
  folders.replaceChildren(...roots.map((root) => drawRoot(root, page)));
  await fill(page, list, found, filters);
}

function drawRoot(root, page) {
  const isSample = page.about?.is_sample;
  const remove = async () => {
    if (!window.confirm(`Remove “${plain(root.root)}” from the index? Its files will not be touched.`)) return;
    await post("remove", { root: root.root });
    await shown();
    document.getElementById("folder").focus();
  };
  return h("section", { class: "root" },
    h("div", {}, h("strong", {}, root.root), h("span", { class: "origin" }, `${count(root.articles, "article")} · `,
      h("bdi", {}, isSample ? "sample articles, until you add your own" : root.folder ?? "documents"))),
    page.about?.may_change && !isSample && button("Remove", remove, { class: "quiet", "aria-label": `Remove ${root.root}` }),
    root.skipped.length > 0 && drawSkipped(root.skipped.map(([path, reason]) => ({ path, reason }))));
}

const drawSkipped = (skipped) => h("details", { class: "skipped" }, h("summary", {}, `${count(skipped.length, "file")} not read`),
  h("ul", {}, skipped.map(({ path, reason }) => h("li", {}, h("bdi", {}, path), h("span", { class: "origin" }, reason)))));

function adding(page) {
  const status = document.getElementById("status");
  const box = h("input", { id: "folder", placeholder: "~/articles", spellcheck: "false" });
  const bar = h("progress", { max: "1", value: "0", hidden: true, "aria-label": "Reading the folder" });
  const told = h("p", { class: "told", role: "status" });
  const send = h("button", { class: "primary" }, "Add");
  const added = h("form", { class: "adding" }, h("label", { for: "folder" }, "Add a folder, or update one"), h("div", {}, box, send), bar, told);
  added.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!box.value.trim() || send.disabled) return;
    send.disabled = true;
    bar.hidden = false;
    told.replaceChildren("Scanning the folder …");
    try {
      await stream("add", box.value.trim(), ({ progress, report }) => {
        if (progress) {
          const [what, done, of] = progress;
          const [doing, whats] = WORK[what] ?? [plain(what), ""];
          bar.max = Math.max(of, 1);
          bar.value = done;
          told.replaceChildren(`${doing}: ${done.toLocaleString("en")} of ${of.toLocaleString("en")} ${whats}`);
          status.textContent = told.textContent;
        }
        if (report) reported(told, report);
      });
      box.value = "";
      await shown();
    } catch (error) {
      told.replaceChildren(plain(error.message));
      await page.refresh();
    } finally {
      send.disabled = false;
      bar.hidden = true;
    }
  });
  return added;
}

function reported(told, report) {
  const words = ["added", "changed", "removed", "unchanged"].filter((name) => report[name]).map((name) => `${report[name]} ${name}`);
  told.replaceChildren(`${plain(report.root)}: ${words.join(", ") || "nothing to read"}.`,
    report.skipped.length === 1 ? ` Not read: ${plain(report.skipped[0].path)}, ${plain(report.skipped[0].reason)}.`
      : report.skipped.length ? ` ${count(report.skipped.length, "file")} not read; the reasons are above.` : "");
  say(told.textContent);
}

function filtering(page, filters, changed) {
  const field = (name, label, box) => {
    box.value = filters[name];
    box.addEventListener(name === "words" ? "input" : "change", () => { filters[name] = box.value; offer(); changed(); });
    return h("label", {}, h("span", {}, label), box);
  };
  const names = page.about?.publishers ?? [];
  const publisher = h("select", {}, h("option", { value: "" }, "All"), names.map((name) => h("option", { value: name }, name)));
  const offer = () => { only.hidden = !(filters.publisher || filters.since || filters.until); };
  const only = button("Limit questions to this publisher and these dates", () => {
    const { publisher: name, since, until } = filters;
    page.setLimits({ ...page.limits, publisher: name || undefined, since: since || undefined, until: until || undefined });
    drawer.close();
    say("Questions are now limited to these articles.");
  });
  offer();
  return h("form", { class: "filters", onsubmit: (event) => event.preventDefault() },
    field("words", "Search", h("input", { type: "search", placeholder: "Title, publisher or file" })),
    field("publisher", "Publisher", publisher),
    field("since", "From", h("input", { type: "date" })), field("until", "Until", h("input", { type: "date" })), only);
}

let latest = 0;

async function fill(page, list, found, filters) {
  const mine = (latest += 1);
  const { count: all, articles } = await get("articles", filters);
  if (mine !== latest) return;
  found.textContent = all ? count(all, "article") : "No matching articles.";
  list.replaceChildren(...articles.map((article) => drawRow(article, page)));
  if (all > articles.length) list.append(h("li", { class: "more" }, more(page, list, filters, articles.length, all)));
}

function more(page, list, filters, offset, all) {
  return button(`Show more (${(all - offset).toLocaleString("en")} left)`, async (event) => {
    const { articles } = await get("articles", { ...filters, offset });
    event.target.closest("li").remove();
    list.append(...articles.map((article) => drawRow(article, page)));
    const next = offset + articles.length;
    if (next < all) list.append(h("li", { class: "more" }, more(page, list, filters, next, all)));
  }, { class: "quiet" });
}

function drawRow(article, page) {
  const line = button("", () => { drawer.close(); page.open(article, document.getElementById("library-button")); }, { class: "line" });
  line.append(h("span", { class: "what" }, h("span", { class: "title", dir: "auto" }, article.title || article.path),
    h("span", { class: "origin" }, origin(article))));
  return h("li", {}, line);
}
