// A game as this protocol shows it. What the platform does not have is as a new game has it there;
// the fields must be there. Players who have no number any more are left out.

import type { ExternalGame } from '../../contract/external-schema.ts';

export type Numbers = ReadonlyMap<string, number>;

/** Everybody whom the object names by number. */
export const playersIn = ({ players }: ExternalGame): readonly string[] =>
  players.map(({ player }) => player.id);

export function gameObject(game: ExternalGame, numbers: Numbers): object {
  const teams = game.teams.map((team) => {
    const players = game.players.flatMap(({ player, team: mine }) => {
      const number = mine === team ? numbers.get(player.id) : undefined;
      return number === undefined ? [] : [{ number, name: player.name }];
    });
    return { team, players };
  });
  return {
    command: 'game_info',
    visibility: game.visibility,
    password_protected: game.hasPassword,
    uid: game.number,
    title: game.title,
    state: game.state === 'starting' ? 'closed' : game.state,
    game_type: 'custom',
    featured_mod: game.mod,
    // Nobody here knows the names of mods.
    sim_mods: Object.fromEntries(game.mods.map((mod) => [mod, mod])),
    mapname: game.map,
    map_file_path: `maps/${game.map.toLowerCase()}.zip`,
    host: game.host.name,
    num_players: game.players.length,
    max_players: game.playersMax,
    // Some clients read no `Z`.
    hosted_at: game.hostedAt.replace('Z', '+00:00'),
    launched_at: game.launchedAt === undefined ? null : Date.parse(game.launchedAt) / 1000,
    rating_type: 'global',
    rating_min: game.ratingMin ?? null,
    rating_max: game.ratingMax ?? null,
    enforce_rating_range: game.enforceRatingRange,
    teams_ids: teams.map(({ team, players }) => {
      return { team_id: team, player_ids: players.map(({ number }) => number) };
    }),
    teams: Object.fromEntries(
      teams.map(({ team, players }) => [team, players.map(({ name }) => name)]),
    ),
  };
}

export const gameLaunch = ({ number, mod, title }: ExternalGame): object => ({
  command: 'game_launch',
  args: ['/numgames', 0],
  uid: number,
  mod,
  name: title,
  init_mode: 0,
  game_type: 'custom',
  rating_type: 'global',
});
