// Which sign-ins wait, how they open, and the page that is scanned.
import { screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { RequestView } from "../../bridge/bridge";
import { Fake } from "../../bridge/fake";
import { frameOf, invented, request, strange, work, workAccount } from "../../bridge/invented";
import { asked, cells, h1, number, outcome, withWork } from "../../../tests/asking";
import { at, maybe, open, press, row, settled, user } from "../../../tests/look";

describe("what waits", () => {
  it("comes first in the list, and one request opens", async () => {
    await open(withWork(request()));
    expect(at("waiting").textContent).toMatch(/Are you signing in\?\s*Payroll, Lisbon, Portugal\. 1:4[12] left/);
    expect(at("waiting").compareDocumentPosition(row("c"))).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
    await press("waiting");
    expect(h1()).toBe("Payroll");
    expect(document.activeElement?.textContent).toBe("Payroll");
  });

  it("is not there when nothing waits, or nobody can be asked", async () => {
    const fake = await open();
    expect(maybe("waiting")).toBeNull();
    expect(maybe("refresh")).toBeNull();
    expect(fake.calls).not.toContain("refreshRequests");
  });

  it("opens the list of several, and chooses none", async () => {
    await open(withWork(request(), strange()));
    expect(at("waiting").textContent).toContain("2 sign-ins are waiting");
    await press("waiting");
    expect(h1()).toBe("2 sign-ins are waiting");
    const rows = screen.getAllByTestId("request");
    expect(rows.map((each) => each.dataset.id)).toEqual(["r1", "r2"]);
    expect(rows[0]?.textContent).toContain("Lisbon, Portugal");
    expect(rows[0]?.textContent).not.toContain("New place");
    expect(rows[1]?.textContent).toContain("Bucharest, Romania");
    expect(rows[1]?.textContent).toContain("New place");
    expect(document.body.textContent).toContain("Only one of these may be yours.");
    await user.click(rows[1] as HTMLElement);
    await settled();
    expect(h1()).toBe("Webmail");
    await press("back", document.querySelector("main.asks") as HTMLElement);
    expect(h1()).toBe("2 sign-ins are waiting");
  });

  it("shows a second one beside the open one, and does not take its place", async () => {
    const fake = await asked();
    await number("4");
    fake.arrive(request(), strange());
    await settled();
    expect(h1()).toBe("Payroll");
    expect(cells()[0]).toBe("digit 1 of 2, 4");
    expect(at("others").textContent).toContain("Another sign-in is waiting");
    await press("show-all");
    expect(h1()).toBe("2 sign-ins are waiting");
  });

  it("says that others wait which only the service knows of", async () => {
    await asked({ othersPending: 1 });
    expect(at("others").textContent).toContain("Only one of them may be yours.");
    expect(maybe("show-all")).toBeNull();
  });

  it("opens from the notification, over whatever was open", async () => {
    const fake = await open(withWork());
    await press("settings");
    fake.waiting = [request()];
    fake.tell("requestsOpened", await fake.requests());
    await settled();
    expect(h1()).toBe("Payroll");
    fake.tell("requestsOpened", { ...(await fake.requests()), requests: [request(), strange()] });
    await settled();
    expect(h1()).toBe("2 sign-ins are waiting");
  });

  it("is asked for by hand, and says when there is nothing", async () => {
    const fake = await open(withWork());
    await press("refresh");
    expect(at("toast").textContent).toContain("No sign-in is waiting.");
    fake.waiting = [request()];
    await press("refresh");
    expect(maybe("waiting")).not.toBeNull();
  });

  it("says which service could not be asked", async () => {
    const fake = await open(withWork());
    fake.unreached = [{ account: "c", reason: "offline" }];
    await press("refresh");
    expect(at("toast").textContent).toContain("Contoso: The service can’t be reached.");
  });

  it("is asked for by pulling the list down, far enough", async () => {
    const fake = await open(withWork());
    fake.calls = [];
    const list = row("c");
    const finger = (type: string, clientY: number) => {
      const event = new Event(type, { bubbles: true, cancelable: true });
      Object.assign(event, { touches: type === "touchend" ? [] : [{ clientY }] });
      list.dispatchEvent(event);
    };
    for (const far of [60, 160]) {
      finger("touchstart", 100);
      finger("touchmove", 100 + far);
      finger("touchend", 0);
      await settled();
      expect(fake.calls.includes("refreshRequests")).toBe(far === 160);
    }
  });

  it("does not stay in the window of a locked app", async () => {
    const fake = await asked();
    fake.tell("stageChanged", { ...fake.app, stage: { type: "locked" } });
    await settled();
    expect(document.body.textContent).not.toContain("Payroll");
  });
});

describe("scanning the page", () => {
  async function scanned(fake: Fake) {
    await settled();
    await press("add");
    await press("add-scan");
    fake.tell("cameraScan", frameOf({ type: "found", enroll: { type: "approve", session: "a1", host: "signin.example.org" } }));
    await settled();
  }

  function withCamera(...waiting: RequestView[]): Fake {
    const fake = withWork(...waiting);
    fake.camera = "native";
    return fake;
  }

  it("opens the request with nothing to type, and approving stays something one does", async () => {
    const fake = await open(withCamera(request()));
    await scanned(fake);
    expect(h1()).toBe("Payroll");
    expect(at("matched").textContent).toContain("Approve only if this is your sign-in.");
    expect(maybe("cells")).toBeNull();
    expect(fake.answers).toEqual([]);
    expect(document.activeElement?.textContent).toBe("Payroll");
    await press("approve");
    expect(fake.answers).toEqual([{ type: "approveScanned" }]);
    expect(outcome()).toBe("approved");
  });

  it("goes from the request to the scanner and back", async () => {
    const fake = await open(withCamera(request()));
    await press("waiting");
    await press("scan-instead");
    expect(maybe("scanner")).not.toBeNull();
    await press("back", at("scanner").closest("main") as HTMLElement);
    expect(h1()).toBe("Payroll");
    await press("scan-instead");
    fake.tell("cameraScan", frameOf({ type: "found", enroll: { type: "approve", session: "a1", host: "signin.example.org" } }));
    await settled();
    expect(maybe("matched")).not.toBeNull();
    expect(maybe("scanner")).toBeNull();
  });

  it("keeps what was scanned when the app tells of the request again", async () => {
    const fake = await open(withCamera(request()));
    await scanned(fake);
    fake.arrive(request());
    await settled();
    expect(maybe("matched")).not.toBeNull();
  });

  it("says so when the request is gone", async () => {
    const fake = await open(withCamera());
    await scanned(fake);
    expect(at("trouble").textContent).toContain("This request isn’t there any more.");
    await press("result-done");
    expect(row("c")).toBeTruthy();
  });

  it("is not offered where the page shows no code", async () => {
    await asked({ canScan: false });
    expect(maybe("scan-instead")).toBeNull();
  });
});

describe("an app that is too old", () => {
  it("says so over codes that go on", async () => {
    const old = workAccount({ work: work({ needsUpdate: true }) });
    await open(new Fake({ accounts: [old, ...invented()] }));
    expect(at("update-banner").textContent).toContain("Update Countersign to approve");
    expect(within(row("n")).getByTestId("code").textContent).toMatch(/\d/);
    await press("open", row("c"));
    expect(maybe("account-code")).not.toBeNull();
  });
});
