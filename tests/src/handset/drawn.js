// Answers when what has changed is drawn, and has come to rest. What turns for ever does not.
return (async () => {
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  await frame();
  await frame();
  const ends = (each) => each.playState === "running" && Number.isFinite(each.effect.getComputedTiming().endTime);
  // A colour that is inherited while it changes begins anew at each step, so one look is not enough.
  for (let looks = 0; looks < 6; looks += 1) {
    const moving = document.getAnimations().filter(ends);
    if (moving.length === 0) break;
    const ended = Promise.allSettled(moving.map(({ finished }) => finished));
    // Those of what is out of sight stand still.
    const stands = await Promise.race([ended.then(() => false), new Promise((go) => setTimeout(go, 500, true))]);
    await frame();
    if (stands) break;
  }
  await frame();
  return true;
})();
